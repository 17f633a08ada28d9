"""The commands of administrators of an installation."""
