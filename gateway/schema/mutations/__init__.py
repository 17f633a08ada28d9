"""Every mutation: the inputs it takes, what it does, and what it answers; side by side, by area."""
