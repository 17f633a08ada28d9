"""The commands that show who waits for whom: `whys`, `turns`, `questions`, `feedback`, `silos`, `reciprocity`."""
