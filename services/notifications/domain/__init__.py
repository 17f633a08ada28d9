"""When an alert opens, whom it addresses and when it is over: pure functions and one fold, no I/O."""
