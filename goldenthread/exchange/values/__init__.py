"""What one cell of a sheet says: statuses, directions, owners, readings; and the quotes that keep a text a text."""
