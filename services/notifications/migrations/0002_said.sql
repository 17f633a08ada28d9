-- What people said to alerts. Not of the fold: it outlives every rebuild and is laid over what the fold says.
CREATE TABLE acknowledgements (
    organization  text        NOT NULL,
    alert         text        NOT NULL,
    by            text        NOT NULL,
    at            timestamptz NOT NULL,
    note          text,
    basis         bigint      NOT NULL,         -- the goals commit the alert reflected then
    correlationid text,
    traceparent   text,
    PRIMARY KEY (organization, alert)
);

-- What a command under a key answered, and a hash of its input: the same again is the same answer, other input a conflict.
CREATE TABLE answers (
    organization text        NOT NULL,
    actor        text        NOT NULL,
    key          text        NOT NULL,
    input        bytea       NOT NULL,
    answer       bytea       NOT NULL,
    at           timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization, actor, key)
);
CREATE INDEX answers_at ON answers (at);

-- Where alerts are delivered to. One sender at a time: it holds a webhook until `busy_until`.
CREATE TABLE webhooks (
    organization text        NOT NULL,
    id           text        NOT NULL,
    url          text        NOT NULL,
    unit         text,
    secret       text        NOT NULL,
    added_by     text,
    added_at     timestamptz NOT NULL,
    disabled_at  timestamptz,
    busy_until   timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (organization, id)
);

-- What is to be delivered, was, or was given up: one row per webhook and message, written with the event it carries.
CREATE TABLE deliveries (
    organization text        NOT NULL,
    webhook      text        NOT NULL,
    message      text        NOT NULL,          -- the webhook-id header: names the change of the alert, not the attempt
    number       bigint      GENERATED ALWAYS AS IDENTITY,
    body         text        NOT NULL,
    state        text        NOT NULL DEFAULT 'PENDING' CHECK (state IN ('PENDING', 'DELIVERED', 'GIVEN_UP')),
    attempts     int         NOT NULL DEFAULT 0,
    due_at       timestamptz NOT NULL DEFAULT now(),
    problem      text,
    changed_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization, webhook, message),
    FOREIGN KEY (organization, webhook) REFERENCES webhooks ON DELETE CASCADE
);
CREATE INDEX deliveries_due ON deliveries (organization, webhook, number) WHERE state = 'PENDING';
CREATE INDEX deliveries_old ON deliveries (changed_at) WHERE state <> 'PENDING';
