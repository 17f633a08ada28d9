"""Which column of an OKR sheet is which, and which of its lines are rows of a plan."""
