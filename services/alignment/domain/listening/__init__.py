"""What telling and listening come to: the health of an organisation and its units, up to date with every commit."""
