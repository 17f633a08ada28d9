"""A world without a network: brokers, databases, producers and crashes, driven by a seed in virtual time."""
