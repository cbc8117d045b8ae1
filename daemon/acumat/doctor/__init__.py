"""Examines a board and what it needs: each check names fault, cause and fix in one line."""
