-- expand: one shape of the table of answers under idempotency keys. Where a process's own migrations made the table, it
-- keeps its rows and gets the columns that it does not have; elsewhere it is made.
CREATE TABLE IF NOT EXISTS answers (
    organization text        NOT NULL,
    issuer       text        NOT NULL DEFAULT '',  -- issuer and actor: the login whose key it is
    actor        text        NOT NULL,
    key          text        NOT NULL,
    input        bytea       NOT NULL,             -- the hash of the command
    answer       bytea       NOT NULL,             -- JSON
    at           timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization, issuer, actor, key)
);
-- The sequences of the events that the command wrote, first .. last, where the answer itself is without them.
ALTER TABLE answers ADD COLUMN IF NOT EXISTS first bigint;
ALTER TABLE answers ADD COLUMN IF NOT EXISTS last bigint;
ALTER TABLE answers ALTER COLUMN first DROP NOT NULL;
ALTER TABLE answers ALTER COLUMN last DROP NOT NULL;
-- The report of the answer, compressed, where it is long; the answer itself then has it without its rows.
ALTER TABLE answers ADD COLUMN IF NOT EXISTS report bytea;
-- For the deletion of old answers.
CREATE INDEX IF NOT EXISTS answers_at ON answers (at);
