-- Takes the rows that are `meant` out of where they are, as they were before the corrections that can be undone.

CREATE OR REPLACE TEMP TABLE met AS SELECT DISTINCT day, visit FROM meant;

-- Each event of their visits on a row of its own again, so that one can go without the other.
CREATE OR REPLACE TEMP TABLE scattered AS
FROM events SEMI JOIN (FROM stored SEMI JOIN met USING (day, visit) WHERE reading) AS gathered USING (day, visit);

DELETE FROM stored USING scattered WHERE stored.day = scattered.day AND stored.visit = scattered.visit;

INSERT INTO stored BY NAME FROM scattered;

DROP TABLE scattered;

-- The visits' time comes back from where rows that are set aside had left it.
UPDATE stored SET gap = stored.gap - lent.gap
FROM (
    SELECT day, visit, heir, sum(gap) AS gap FROM set_aside SEMI JOIN met USING (day, visit)
    WHERE heir IS NOT NULL GROUP BY day, visit, heir
) AS lent
WHERE stored.day = lent.day AND stored.visit = lent.visit AND stored.seq = lent.heir;

UPDATE set_aside SET heir = NULL FROM met WHERE set_aside.day = met.day AND set_aside.visit = met.visit;

-- A row that was rewritten is in both tables: it is as in events but for what set_aside has of it.
CREATE OR REPLACE TEMP TABLE incoming AS
SELECT
    []::UINTEGER[] AS corrections, false AS removed, path AS was_path, hostname AS was_hostname, *
FROM (
    SELECT raw.* REPLACE (coalesce(old.path, raw.path) AS path, coalesce(old.hostname, raw.hostname) AS hostname)
    FROM raw
    SEMI JOIN meant ON meant.day = raw.day AND meant.visit = raw.visit AND meant.seq = raw.seq
    LEFT JOIN set_aside AS old ON old.day = raw.day AND old.visit = raw.visit AND old.seq = raw.seq
)
UNION ALL BY NAME
SELECT * EXCLUDE heir REPLACE ([]::UINTEGER[] AS corrections, false AS removed), path AS was_path, hostname AS was_hostname
FROM set_aside SEMI JOIN meant USING (day, visit, seq) WHERE removed;

DELETE FROM stored USING meant WHERE stored.day = meant.day AND stored.visit = meant.visit AND stored.seq = meant.seq;

DELETE FROM set_aside USING meant
WHERE set_aside.day = meant.day AND set_aside.visit = meant.visit AND set_aside.seq = meant.seq;

-- Questions read these days' rows until they are sealed again; the days beside them too, because a visit may lie on both
-- sides of midnight. A day that had lost all its rows is a day again. A day that is retired has no rows to be sealed from.
CREATE OR REPLACE TEMP TABLE changed AS
SELECT day FROM met
UNION
SELECT days.day FROM days JOIN (SELECT DISTINCT day FROM met) AS met ON days.day BETWEEN met.day - 2 AND met.day + 2
WHERE days.day NOT IN (SELECT day FROM retired);
