"""What alignment decides, as pure functions of goals' commits. Knows no I/O."""
