"""A world without a network: brokers, databases, upstreams and crashes, driven by a seed in virtual time."""
