"""What is kept over restarts: sessions, events with their outbox, and what detection has learnt."""
