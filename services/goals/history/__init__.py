"""The history: what changed, in words, with the names that things have at the time of reading."""
