"""The tokens by which this process is known to others: files, or OAuth client credentials."""
