"""Recorded lines of the public surface that are gone or differ on purpose, each with the reason."""

CHANGES: dict[str, str] = {}
"""Recorded line → why it no longer holds, and what replaces it."""
