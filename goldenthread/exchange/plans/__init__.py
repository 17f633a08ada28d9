"""Plans whatever the format: unique row ids, bounds of size, JSON, and what a format cannot say."""
