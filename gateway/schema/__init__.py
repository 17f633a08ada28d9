"""The public GraphQL API, a file for each concept. `build.py` puts it together."""
