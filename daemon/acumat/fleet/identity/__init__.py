"""Who is who in a fleet: the inventory, a token and a certificate for each mat, and what brokers know of them."""
