"""Lines for those who watch the mat: each reader has a bounded queue, and one thread sends to all of them without waiting."""
