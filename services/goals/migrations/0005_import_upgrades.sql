-- expand: how far every organization was when imports began to be remembered. Up to there, what an import left here is
-- what its file said: that is known of files imported before, once. Later, what is not remembered is not known.
CREATE TABLE import_upgrades (
    organization text   PRIMARY KEY,
    revision     bigint NOT NULL
);
INSERT INTO import_upgrades (organization, revision) SELECT organization, sequence FROM streams WHERE sequence > 0;
