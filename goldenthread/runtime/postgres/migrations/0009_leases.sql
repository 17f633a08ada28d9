-- expand: which of several processes on one database does something alone, and until when (postgres/lease.py).
CREATE TABLE leases (
    name   text        PRIMARY KEY,
    holder text        NOT NULL,
    until  timestamptz NOT NULL
);
