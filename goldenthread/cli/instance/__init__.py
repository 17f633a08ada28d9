"""The commands for an instance on this machine: `up` and `token`."""
