"""The mat on MQTT: topics, discovery, pace and commands as pure functions, and the client that alone speaks to a broker."""
