"""The history: what changed, in words, with the names that things have when somebody reads it."""
