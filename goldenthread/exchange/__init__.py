"""Other people's formats, in and out. Imported by goals only."""
