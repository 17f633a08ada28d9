-- expand: when an event was written, by the clock of the database; NULL for events of before. An event's own time may be
-- far earlier: events that are derived again have the time of what they are derived from.
ALTER TABLE outbox ADD COLUMN written_at timestamptz;
ALTER TABLE outbox ALTER COLUMN written_at SET DEFAULT clock_timestamp();
