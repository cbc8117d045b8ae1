"""Collects from a broker into the record, acknowledges after COMMIT, and asks mats for missing events."""
