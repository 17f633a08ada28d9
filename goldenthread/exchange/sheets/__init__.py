"""The OKR sheet: its reader, its writer, and an example to fill in."""
