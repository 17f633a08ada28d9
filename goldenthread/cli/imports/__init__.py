"""`goldenthread import`: what is sent of a file, and the report of what became of every row."""
