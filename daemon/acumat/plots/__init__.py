"""Plots as SVG, each with the table of what it shows: pure functions from values to text, for the report and for a page."""
