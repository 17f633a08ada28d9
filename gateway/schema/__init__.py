"""The public GraphQL API, one small file per idea. `build.py` puts it together."""
