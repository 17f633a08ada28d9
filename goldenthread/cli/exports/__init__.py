"""`goldenthread export`: the goals under way, read as a plan."""
