-- The current state of everything, one document an entity: exactly what a fold of the outbox gives.
CREATE TABLE entities (
    organization text  NOT NULL,
    id           text  NOT NULL,
    state        jsonb NOT NULL,
    PRIMARY KEY (organization, id)
);

-- What a command under a key answered, and a hash of its input: the same again is the same answer, other input a conflict.
CREATE TABLE answers (
    organization text        NOT NULL,
    actor        text        NOT NULL,
    key          text        NOT NULL,
    input        bytea       NOT NULL,
    answer       bytea       NOT NULL,
    first        bigint      NOT NULL,          -- sequences of the events it wrote: first .. last
    last         bigint      NOT NULL,
    at           timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization, actor, key)
);
CREATE INDEX answers_at ON answers (at);

-- The one place where names are: erase a row, and nobody is named any more.
CREATE TABLE names (
    organization text NOT NULL,
    person       text NOT NULL,
    subject      text NOT NULL,
    name         text NOT NULL,
    email        text,
    PRIMARY KEY (organization, person),
    UNIQUE (organization, subject)
);

-- What the clock will announce, one row per promise of patience. A grace that was said to be over stays, `said`, so that
-- it can be taken back when a change of policy or cycle moves its end into the future. DAY: the organisation's next midnight.
CREATE TABLE timers (
    organization text        NOT NULL,
    kind         text        NOT NULL,
    subject      text        NOT NULL,
    due_at       timestamptz NOT NULL,
    round        int         NOT NULL DEFAULT 0,
    said         boolean     NOT NULL DEFAULT false,
    PRIMARY KEY (organization, subject, kind)
);
CREATE INDEX timers_due ON timers (due_at) WHERE NOT said;
