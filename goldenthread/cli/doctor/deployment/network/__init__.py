"""What `doctor --deployment` checks of upstream processes and the Internet; network errors in words."""
