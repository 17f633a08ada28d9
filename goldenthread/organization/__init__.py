"""An organization in memory: the one fold of goals' events, and what is concluded from it. Knows no I/O."""
