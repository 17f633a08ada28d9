"""What an operator sees of a process: metrics, traces, logs, health, unexpected errors."""
