-- For what is asked about one subject: its history.
CREATE INDEX outbox_subject ON outbox (organization, subject, sequence);
