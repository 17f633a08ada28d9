"""What the gateway asks of goals, alignment and notifications, and over which connections."""
