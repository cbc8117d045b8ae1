"""A mat without hardware: people and things on foam and spikes, sensors, chips. It shares no code with what it tests."""
