"""Webhooks: where alerts are delivered to, the queue of deliveries, and the sender that works through it."""
