"""What outlives the daemon: sessions, events with their outbox, and what detection has learnt."""
