"""What `doctor --deployment` checks of PostgreSQL."""
