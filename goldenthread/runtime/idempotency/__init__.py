"""A command that is sent again under its idempotency key is not done again: it is given the answer it had."""
