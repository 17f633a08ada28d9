-- expand: who was erased, and the newest invitation of each person. The fold forgets both when goals is restored from a
-- backup, and this does not: so it says what came back (docs/backup.md). Ids and times only.
CREATE TABLE past_people (
    organization text        NOT NULL,
    person       text        NOT NULL,
    erased       boolean     NOT NULL,
    invitation   text,                          -- the id of the newest invitation that was ever seen
    invited_at   timestamptz,
    ended        boolean     NOT NULL,          -- it was claimed, or taken back
    PRIMARY KEY (organization, person)
);
CREATE INDEX past_people_erased ON past_people (organization, person) WHERE erased;
CREATE INDEX past_people_invited ON past_people (invited_at);
INSERT INTO past_people (organization, person, erased, invitation, invited_at, ended)
SELECT organization, substr(key, 8), coalesce((fact ->> 'erased')::boolean, false), fact -> 'invitation' ->> 'id',
       (fact -> 'invitation' ->> 'made_at')::timestamptz,
       (fact -> 'invitation' ->> 'claimed_at') IS NOT NULL OR (fact -> 'invitation' ->> 'revoked_at') IS NOT NULL
FROM facts
WHERE key LIKE 'entity:person\_%' AND ((fact ->> 'erased')::boolean OR fact -> 'invitation' ->> 'id' IS NOT NULL);
