"""Mutation testing of the alignment engine: would its tests notice if a line of it said something else?

`make mutants ARGS="path_keys threads"` (no names: all of the engine). See `docs/mutation.md` for what it found.
"""
