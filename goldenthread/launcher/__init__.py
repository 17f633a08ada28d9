"""Everything on one machine: PostgreSQL, a broker, a token issuer and our processes, kept alive together."""
