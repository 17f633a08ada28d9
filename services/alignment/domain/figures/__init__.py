"""The figures of an organization and its units: health, silos and reciprocity, up to date with every commit."""
