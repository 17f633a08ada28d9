-- A login is (issuer, subject). Rows of before have the issuer '' until notifications starts and says which one it was.
ALTER TABLE answers ADD COLUMN issuer text NOT NULL DEFAULT '';
ALTER TABLE answers DROP CONSTRAINT answers_pkey;
ALTER TABLE answers ADD PRIMARY KEY (organization, issuer, actor, key);
