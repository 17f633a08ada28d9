-- How far a projection is, per organisation, and folded by which code: the guard of every save.
CREATE TABLE projections (
    organization text  PRIMARY KEY,
    standing     jsonb NOT NULL
);
