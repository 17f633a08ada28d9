"""An organization in memory: the one fold of goals' events, and what follows from it. No I/O."""
