-- What alerts follow from, fact by fact: the fold goes on from them exactly as before. Keys begin with the fact's kind.
CREATE TABLE facts (
    organization text  NOT NULL,
    key          text  COLLATE "C" NOT NULL,
    fact         jsonb NOT NULL,
    PRIMARY KEY (organization, key)
);

-- Every alert as the fold left it, resolved ones included; what people said to it is not in here.
CREATE TABLE alerts (
    organization text    NOT NULL,
    id           text    NOT NULL,
    alert        jsonb   NOT NULL,
    resolved     boolean NOT NULL,
    PRIMARY KEY (organization, id)
);
CREATE INDEX alerts_open ON alerts (organization) WHERE NOT resolved;
