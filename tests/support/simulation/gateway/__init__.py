"""The gateway's real cache among fake services: a seed of trouble, and laws that are checked at every await."""
