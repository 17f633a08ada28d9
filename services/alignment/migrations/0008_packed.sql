-- Rows of the graph as the numbers the engine is put together from (domain/verdict/packed.py): 64 bits each, the least
-- byte first. They are read without being taken apart. Folded anew from goals' events.
DROP TABLE nodes;
DROP TABLE links;
DROP TABLE owners;

CREATE TABLE nodes (
    organization text  NOT NULL,
    id           text  NOT NULL,
    packed       bytea NOT NULL,
    verdict      text  NOT NULL,               -- JSON
    since        timestamptz,                  -- the goals time of its last transition
    caused_by    text,                         -- the goals event that brought that about, JSON
    PRIMARY KEY (organization, id)
) WITH (fillfactor = 50);                      -- when a purpose falls, every row changes: the new ones find room beside

CREATE TABLE links (
    organization text  NOT NULL,
    id           text  NOT NULL,
    packed       bytea NOT NULL,
    PRIMARY KEY (organization, id)
);

CREATE TABLE owners (
    organization text  NOT NULL,
    id           text  NOT NULL,
    packed       bytea NOT NULL,               -- the id again, and the number of the list; 0: nobody
    PRIMARY KEY (organization, id)
);

-- The ids in these rows that do not follow from their numbers: those that were not minted.
CREATE TABLE odd_ids (
    organization text NOT NULL,
    id           text NOT NULL,
    PRIMARY KEY (organization, id)
);
