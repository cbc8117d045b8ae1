"""The report: one HTML file of what the history says of a person, with the same sentences as everywhere else."""
