-- expand: when a person signed in first, and what claims an invitation.
ALTER TABLE names ADD COLUMN signed_in_at timestamptz;

-- The newest invitation of a person. Its state is in the person's document; of the secret only a hash is kept.
CREATE TABLE invitation_secrets (
    secret       bytea PRIMARY KEY,             -- SHA-256; the organization is found by it
    organization text NOT NULL,
    person       text NOT NULL,
    invitation   text NOT NULL,
    UNIQUE (organization, person)
);
