"""`goldenthread backup` and `goldenthread restore`."""
