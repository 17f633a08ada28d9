"""What `doctor --deployment` checks of Kafka."""
