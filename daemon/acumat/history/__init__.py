"""What outlives the daemon: sessions and how they felt, events with their outbox, and what detection has learnt."""
