"""Imports of plans: the file is read, its source found, the plan merged off the event loop, and the result written."""
