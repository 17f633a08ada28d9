"""Tables as a file has them: lines of cells, the rows of a CSV, and which line is the header."""
