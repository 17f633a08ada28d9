"""The rules of the organization chart: the organization itself, its units, people and service accounts."""
