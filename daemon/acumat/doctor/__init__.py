"""Examines a board and what it needs: each check names what is wrong, why, and how to mend it, in one line."""
