"""The outbox: a service's streams in its own database, their relay to Kafka, and their replay over HTTP."""
