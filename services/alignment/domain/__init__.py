"""What alignment computes, as pure functions of goals' commits, without I/O."""
