-- Goals and links are known from the graph; beside it are kept their owners, what was made of promises, and the sums,
-- so that figures go on where they were without looking at every goal. Folded anew from goals' events.
DELETE FROM facts;
DELETE FROM health;

ALTER TABLE health ADD COLUMN tally jsonb NOT NULL; -- what `health` is worked out from

CREATE TABLE owners (
    organization text    NOT NULL,
    id           text    NOT NULL,
    list         integer NOT NULL,             -- 0: nobody
    PRIMARY KEY (organization, id)
);

-- The lists of units that own the same goals, the primary owner first.
CREATE TABLE owner_lists (
    organization text    NOT NULL,
    list         integer NOT NULL,
    units        jsonb   NOT NULL,
    PRIMARY KEY (organization, list)
);

-- Links whose promise in return was judged; without `kept` it is not any more.
CREATE TABLE promises (
    organization text NOT NULL,
    link         text NOT NULL,
    kept         text,
    PRIMARY KEY (organization, link)
);
