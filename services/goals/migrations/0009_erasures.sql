-- expand: who was erased, by ids: a backup that is restored brings their names back, and they are erased again.
CREATE TABLE erasures (
    organization text        NOT NULL,
    person       text        NOT NULL,
    at           timestamptz NOT NULL,          -- when they were erased first
    by           text,                          -- a person's id; NULL: a service of ours, or it is not known
    PRIMARY KEY (organization, person)
);
