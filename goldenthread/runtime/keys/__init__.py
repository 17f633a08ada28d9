"""Encryption keys in a file that is read again when it changes, and secrets that are stored encrypted with them."""
