-- expand: deleted organizations whose rows are not gone yet.
CREATE INDEX CONCURRENTLY streams_to_purge ON streams (deleted_at) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;
