"""What a person's own answers say over time: paired answers, trends, rhythm, prompts, and what studies found. Pure."""
