"""One request: who asks, what it knows, and the command it sends."""
