"""From frames to what is known of the mat: pure arithmetic, one step a file, time only from the data."""
