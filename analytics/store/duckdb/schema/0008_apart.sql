-- What was dropped on suspicion, for as long as the owner can have it counted after all. Columns of model.ApartRow.
CREATE TABLE apart AS
SELECT *, '' AS reason, '' AS category, '' AS who FROM raw LIMIT 0;

CREATE TABLE restored (                   -- rows that were taken into events from there, so that they can be put back
    restored_at TIMESTAMP NOT NULL,       -- UTC; one for all that were restored at once
    day         DATE NOT NULL,            -- these three name the row
    visit       UBIGINT NOT NULL,
    seq         UINTEGER NOT NULL,
    reason      VARCHAR NOT NULL,         -- these three are what it was
    category    VARCHAR NOT NULL,
    who         VARCHAR NOT NULL
);
