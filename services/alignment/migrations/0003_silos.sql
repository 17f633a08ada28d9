-- What passed between units: how often on each day, answers by how long they took.
CREATE TABLE passed (
    organization text   NOT NULL,
    unit         text   NOT NULL,
    other        text   NOT NULL,
    act          text   NOT NULL,
    day          date   NOT NULL,
    seconds      bigint NOT NULL,
    number       bigint NOT NULL,
    PRIMARY KEY (organization, unit, other, act, day, seconds)
);

-- The evidence that a unit is a silo, and since when it is said to be one.
CREATE TABLE silos (
    organization text  NOT NULL,
    unit         text  NOT NULL,
    evidence     jsonb NOT NULL,
    silo         jsonb,
    PRIMARY KEY (organization, unit)
);
