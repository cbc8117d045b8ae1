"""The record of a fleet in PostgreSQL: every event of every mat once, in monthly partitions, and what is missing."""
