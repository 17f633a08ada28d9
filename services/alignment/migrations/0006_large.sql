-- Organisations that were large once: where processes share the work by size, another judges them than all others.
CREATE TABLE large (
    organization text PRIMARY KEY
);
