"""How a process is put together. Knows no goal."""
