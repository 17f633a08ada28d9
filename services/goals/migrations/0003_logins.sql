-- A login is (issuer, subject). Rows of before have the issuer '' until goals starts and says which one it was.
ALTER TABLE names ADD COLUMN issuer text NOT NULL DEFAULT '';
ALTER TABLE names ADD CONSTRAINT names_login UNIQUE (organization, issuer, subject);
-- A process of before, still running, adds nobody without this constraint (its ON CONFLICT names it); all else it does.
ALTER TABLE names DROP CONSTRAINT names_organization_subject_key;
ALTER TABLE answers ADD COLUMN issuer text NOT NULL DEFAULT '';
ALTER TABLE answers DROP CONSTRAINT answers_pkey;
ALTER TABLE answers ADD PRIMARY KEY (organization, issuer, actor, key);
