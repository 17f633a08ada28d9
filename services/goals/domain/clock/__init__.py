"""The rules of time: what falls due, what is taken back, and which days are closed."""
