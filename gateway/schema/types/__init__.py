"""The GraphQL types, a file for each concept."""
