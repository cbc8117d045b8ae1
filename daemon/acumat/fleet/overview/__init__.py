"""What the fleet's page shows of the record: how each mat is doing, and one mat's days, events and gaps. It only reads."""
