-- expand: the tombstone of a deleted organization, which stays for ever: nothing of it is written again.
-- `final` is the last number of its stream; whoever does not know of the deletion, also code of the release before, is
-- refused by the constraint. `purged_at`: since when all its rows are gone.
ALTER TABLE streams
    ADD COLUMN deleted_at timestamptz,
    ADD COLUMN purged_at  timestamptz,
    ADD COLUMN final      bigint;
ALTER TABLE streams ADD CONSTRAINT streams_final CHECK (final IS NULL OR sequence = final) NOT VALID;
