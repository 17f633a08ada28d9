"""Settings from environment variables and small files: read, checked together, and described in words."""
