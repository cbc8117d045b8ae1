"""The identities of a fleet: the inventory, a token and a certificate for each mat, and the files for the brokers."""
