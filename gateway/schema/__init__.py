"""The public GraphQL API, one small file per idea. `schema.py` puts it together."""
