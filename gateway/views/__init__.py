"""What readers see of one organization: pure functions over its state in memory."""
