-- What a site no longer has rows of.

CREATE TABLE prunings (                   -- each time the site was looked through for what is too old
    pruned_at   TIMESTAMP NOT NULL,       -- UTC
    rows_before DATE,                     -- rows of earlier days went, and none are taken any more; null: none
    events      UBIGINT NOT NULL          -- how many rows went
);

CREATE TABLE retired (                    -- days whose rows went and whose totals stay
    day    DATE NOT NULL,
    events UBIGINT NOT NULL               -- rows that were counted
);

CREATE TABLE unerased (                   -- what was deleted and has left its bytes in the file
    what VARCHAR NOT NULL
);
