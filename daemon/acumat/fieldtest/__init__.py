"""The field test: what a volunteer is asked to do on the mat, the marks of it in a recording, and what was reported of it."""
