-- expand: What is chosen once for an installation. One row, written by the first process that starts.
CREATE TABLE installation (
    single     boolean PRIMARY KEY DEFAULT true CHECK (single),
    partitions integer NOT NULL
);
