"""notifications: alerts the silent side, in the application and by webhooks."""
