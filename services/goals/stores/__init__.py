"""SQL of goals, a file for each kind of row. Every writing function runs inside the caller's transaction."""
