-- The outbox is the stream: its rows are kept, they are the history and the replay source.
CREATE TABLE streams (
    organization text PRIMARY KEY,
    sequence     bigint NOT NULL DEFAULT 0,
    id           text,
    judged       bigint,                       -- projections: the last goals event this stream reflects
    judged_id    text,
    changed_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX streams_changed ON streams (changed_at);

CREATE TABLE outbox (
    organization text    NOT NULL,
    sequence     bigint  NOT NULL,
    "commit"     bigint  NOT NULL,
    id           text    NOT NULL,
    type         text    NOT NULL,
    subject      text    NOT NULL,
    attributes   text    NOT NULL,             -- CloudEvents attributes, as a JSON object
    data         bytea   NOT NULL,             -- the JSON payload
    published    boolean NOT NULL DEFAULT false,
    PRIMARY KEY (organization, sequence)
);
CREATE INDEX outbox_unpublished ON outbox (organization, sequence) WHERE NOT published;
CREATE INDEX outbox_subject ON outbox (organization, subject, sequence);
