-- expand: what somebody said that the words of their sheet mean, kept with its source.
CREATE TABLE import_words (
    organization text        NOT NULL,
    source       text        NOT NULL,
    words        bytea       NOT NULL,          -- JSON: {"columns": {heading: column}, "types": {word: type}}
    at           timestamptz NOT NULL,          -- when something of it was said last
    PRIMARY KEY (organization, source)
);
