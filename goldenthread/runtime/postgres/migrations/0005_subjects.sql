-- Only goals is asked about subjects: its own migration makes this index again. Others need not keep it up to date.
DROP INDEX outbox_subject;
