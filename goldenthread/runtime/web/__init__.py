"""HTTP: server, client, typed endpoints, bearer tokens, limits of connections and of requests."""
