"""A projection in a process: its Kafka subscription, its offsets, its store, and its upstream services over HTTP."""
