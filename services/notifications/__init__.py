"""notifications: tells the silent side."""
