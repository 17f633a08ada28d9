"""The language the processes share: entities, events, commands, errors. Knows no I/O."""
