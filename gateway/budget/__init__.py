"""What requests, callers and subscriptions may cost, and bounded caches."""
