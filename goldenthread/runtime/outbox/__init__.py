"""The outbox: a producer's streams in its own database, their relay to Kafka, and their replay over HTTP."""
