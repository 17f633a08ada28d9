"""The commands that show goals: `tree`, `thread`, `orphans` and `health`."""
