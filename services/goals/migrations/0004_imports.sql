-- expand: what the files of imports said, which files they were, how far imports are, and long reports of answers.

-- What the last import of a source said, row by row; `cells` is JSON, a cell's name to [value] or [value, text].
CREATE TABLE import_rows (
    organization text  NOT NULL,
    source       text  NOT NULL,
    row          text  NOT NULL,
    node         text  NOT NULL,                -- the goal that the row became, whatever became of it
    cells        bytea NOT NULL,
    PRIMARY KEY (organization, source, row)
);

-- The units that the spellings of a source mean.
CREATE TABLE import_names (
    organization text NOT NULL,
    source       text NOT NULL,
    name         text NOT NULL,
    unit         text NOT NULL,
    PRIMARY KEY (organization, source, name)
);

-- The files of a source that were taken, in their order. The last of them is the version of what is remembered.
CREATE TABLE import_files (
    organization text        NOT NULL,
    source       text        NOT NULL,
    number       int         NOT NULL,
    digest       bytea       NOT NULL,          -- SHA-256 of what the file says, in whatever order and format
    at           timestamptz NOT NULL,
    by           text,                          -- a person's id; NULL: a service of ours
    revision     bigint      NOT NULL,          -- the head after the import
    PRIMARY KEY (organization, source, number)
);

-- How far imports are. Not logged: after a crash of the database nothing of them is under way.
CREATE UNLOGGED TABLE import_runs (
    organization text        NOT NULL,
    id           text        NOT NULL,
    source       text        NOT NULL,          -- empty while it is not decided
    file_name    text,
    by           text,
    step         text        NOT NULL,
    done         int         NOT NULL,
    total        int         NOT NULL,
    started_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,          -- a run that is not updated any more has failed with its process
    PRIMARY KEY (organization, id)
);

-- The report of an answer, compressed, where it is long; the answer itself then has it without its rows.
ALTER TABLE answers ADD COLUMN report bytea;
