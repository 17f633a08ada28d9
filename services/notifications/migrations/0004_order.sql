-- Messages about one alert go to a receiver in order: the alert is beside the message. Deliveries that wait already have
-- it in their body. What waits for days is given up: by when it was written.
ALTER TABLE deliveries ADD COLUMN alert text NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN written_at timestamptz NOT NULL DEFAULT now();
UPDATE deliveries SET alert = body::json #>> '{data,alert,id}' WHERE state = 'PENDING';
CREATE INDEX deliveries_alert ON deliveries (organization, webhook, alert, number) WHERE state = 'PENDING';
CREATE INDEX deliveries_waiting ON deliveries (written_at) WHERE state = 'PENDING';

-- How a receiver fared: attempts that failed since the last that did not, whether it was slow, and which process has it.
ALTER TABLE webhooks ADD COLUMN failures int NOT NULL DEFAULT 0;
ALTER TABLE webhooks ADD COLUMN slow boolean NOT NULL DEFAULT false;
ALTER TABLE webhooks ADD COLUMN holder text;
