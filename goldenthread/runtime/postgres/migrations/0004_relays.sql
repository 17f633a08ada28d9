-- Which relay publishes a stream: those of another number hold it up by nothing but what they ask of the machine.
ALTER TABLE streams ADD COLUMN relay smallint NOT NULL DEFAULT 0;
DROP INDEX streams_unpublished;
CREATE INDEX streams_unpublished ON streams (relay, organization) WHERE published < sequence;
CREATE INDEX streams_apart ON streams (relay) WHERE relay > 0;
