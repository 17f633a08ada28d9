-- expand
-- The URL and the signing key of a webhook are encrypted: `kid` names the key, `encrypted` has both. `url` then shows the
-- host alone, `secret` is NULL, and `busy_until` is infinite, so that code of before leaves the webhook alone, whose
-- lease is `leased_until` from then on. Rows without a `kid` are encrypted in the background.
ALTER TABLE webhooks
    ALTER COLUMN secret DROP NOT NULL,
    ADD COLUMN kid text,
    ADD COLUMN encrypted bytea,
    ADD COLUMN encrypted_at timestamptz,
    ADD COLUMN leased_until timestamptz NOT NULL DEFAULT '-infinity',
    ADD COLUMN unreadable_since timestamptz,
    ADD COLUMN disabled_reason text;
