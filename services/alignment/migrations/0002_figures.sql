-- What figures follow from, without the words that no figure depends on.
CREATE TABLE facts (
    organization text  NOT NULL,
    id           text  NOT NULL,
    fact         jsonb NOT NULL,
    PRIMARY KEY (organization, id)
);

-- The health of every unit now; the organisation's own has an empty unit.
CREATE TABLE health (
    organization text  NOT NULL,
    unit         text  NOT NULL,
    health       jsonb NOT NULL,
    PRIMARY KEY (organization, unit)
);

-- The same when each UTC day was closed.
CREATE TABLE health_days (
    organization text  NOT NULL,
    day          date  NOT NULL,
    unit         text  NOT NULL,
    health       jsonb NOT NULL,
    PRIMARY KEY (organization, unit, day)
);
