-- How far each stream is on the broker, in place of a flag per row: everything up to `published` is there.
-- `generation` counts how often the stream was forgotten and written afresh, under the same numbers.
ALTER TABLE streams
    ADD COLUMN published  bigint NOT NULL DEFAULT 0,
    ADD COLUMN generation bigint NOT NULL DEFAULT 0;
UPDATE streams SET published = coalesce(
    (SELECT min(outbox.sequence) - 1 FROM outbox
     WHERE outbox.organization = streams.organization AND NOT outbox.published),
    streams.sequence
);
-- A process of before, still running, would clear a stream without starting it again here: it is refused instead.
ALTER TABLE streams ADD CONSTRAINT streams_published CHECK (published <= sequence);
CREATE INDEX streams_unpublished ON streams (organization) WHERE published < sequence;
DROP INDEX outbox_unpublished;
ALTER TABLE outbox DROP COLUMN published;
