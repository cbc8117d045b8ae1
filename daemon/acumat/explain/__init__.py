"""Why the mat thought what it did, in plain sentences with numbers."""
