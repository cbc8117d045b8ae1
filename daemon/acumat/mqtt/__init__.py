"""The mat on MQTT: topics, discovery and deadbands as pure functions, and the client that alone speaks to a broker."""
