-- expand
-- The trace context of the event that a message is about: its delivery belongs to the same trace.
ALTER TABLE deliveries ADD COLUMN traceparent text;
