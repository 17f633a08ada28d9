"""Stories about instances of their own: they run before the one that all other stories share."""
