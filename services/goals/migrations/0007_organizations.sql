-- expand: what administrators of the installation did. Their logins are in no event: they are nobody of the organization.
CREATE TABLE installation_acts (
    organization text        NOT NULL,
    first        bigint      NOT NULL,          -- sequences of the events that it wrote: first .. last
    last         bigint      NOT NULL,
    issuer       text        NOT NULL,          -- issuer and subject: the administrator's login
    subject      text        NOT NULL,
    at           timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization, first)
);
