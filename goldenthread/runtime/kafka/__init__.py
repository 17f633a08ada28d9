"""Kafka: producers and consumers with their security, and the check that the topics are there."""
