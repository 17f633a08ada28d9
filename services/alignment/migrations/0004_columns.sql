-- The goal graph in columns that are read in bulk, and beside it the verdicts for those who ask. What is told of a node
-- follows from the graph, except the last state of one that ended. Folded anew from goals' events.
DROP TABLE nodes;
DROP TABLE links;

CREATE TABLE nodes (
    organization text     NOT NULL,
    id           text     NOT NULL,
    born         bigint   NOT NULL,            -- the goals sequence it first appeared with
    kind         smallint NOT NULL,            -- the numbers are those of the engine (domain/verdict/columns.py)
    own          smallint NOT NULL,
    version      integer  NOT NULL,
    measures     text,
    frozen       smallint NOT NULL,
    verdict      jsonb    NOT NULL,
    since        timestamptz,                  -- the goals time of its last transition
    caused_by    jsonb,                        -- the goals event that brought that about
    PRIMARY KEY (organization, id)
);

CREATE TABLE links (
    organization text     NOT NULL,
    id           text     NOT NULL,
    born         bigint   NOT NULL,
    child        text     NOT NULL,
    parent       text     NOT NULL,
    state        smallint NOT NULL,
    measure      boolean  NOT NULL,
    because      integer,
    accepted     bigint,
    PRIMARY KEY (organization, id)
);
