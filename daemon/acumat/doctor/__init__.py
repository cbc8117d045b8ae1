"""Examines a board and what it stands on: each check names what is wrong, why, and the cure, in one line."""
