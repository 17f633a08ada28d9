"""Idempotency: a command that is sent again under its idempotency key is not executed again and gets the same
answer.
"""
