-- Who was large once is said where the streams are: another relay publishes them, too.
UPDATE streams SET relay = 1 FROM large WHERE streams.organization = large.organization;
DROP TABLE large;
