"""Reads the record for the fleet's page: the state of each mat, and one mat's days, events and gaps. It only reads."""
