"""The values in the cells of an OKR sheet, read alike in the whole file."""
