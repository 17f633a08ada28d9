"""PostgreSQL: the pool, transactions that write, migrations and the version of the schema."""
