"""Organizations in memory, and how they are kept current."""
