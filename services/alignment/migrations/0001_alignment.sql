-- The goal graph and the verdicts, as the engine's rows: it judges on from them exactly as before.
CREATE TABLE nodes (
    organization text        NOT NULL,
    id           text        NOT NULL,
    row          jsonb       NOT NULL,
    since        timestamptz,                  -- the goals time of its last transition
    caused_by    jsonb,                        -- the goals event that brought that about
    PRIMARY KEY (organization, id)
);

CREATE TABLE links (
    organization text  NOT NULL,
    id           text  NOT NULL,
    row          jsonb NOT NULL,
    PRIMARY KEY (organization, id)
);
