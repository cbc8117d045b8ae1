"""Is somebody there: contact, lying, life, sessions."""
