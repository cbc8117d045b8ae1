"""Many mats in one process: real documents of plausible sessions, each mat with its own connection, outbox and numbering.

It knows the truth: which events each mat has made, and which of them a broker has acknowledged.
"""
