"""The commands for operators: `migrate` and `topics`."""
