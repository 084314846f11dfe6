-- Puts what is `incoming` where the corrections have left it: in events, or in set_aside as it was, or in both.
INSERT INTO set_aside BY NAME
SELECT
    * EXCLUDE (was_path, was_hostname)
    REPLACE (was_path AS path, was_hostname AS hostname, CASE WHEN removed THEN gap ELSE 0 END AS gap)
FROM incoming WHERE len(corrections) > 0;

INSERT INTO stored BY NAME
SELECT * EXCLUDE (corrections, removed, was_path, was_hostname) FROM incoming WHERE NOT removed;

-- What nobody can have back is a line of the ledger for good; until then set_aside itself is counted.
INSERT INTO dropped
SELECT day, $reason, count(*) FROM incoming WHERE removed AND len(corrections) = 0 GROUP BY day;

-- The time of what was taken out stays with the visit: the last row that it has left of the day holds it.
CREATE OR REPLACE TEMP TABLE heirs AS
SELECT raw.day, raw.visit, max(raw.seq) AS heir, any_value(gone.gap) AS gap
FROM (
    SELECT day, visit, sum(gap) AS gap
    FROM (
        SELECT day, visit, gap FROM set_aside SEMI JOIN met USING (day, visit) WHERE removed AND heir IS NULL
        UNION ALL
        SELECT day, visit, gap FROM incoming WHERE removed AND len(corrections) = 0
    )
    GROUP BY day, visit HAVING sum(gap) > 0
) AS gone
JOIN raw ON raw.day = gone.day AND raw.visit = gone.visit
GROUP BY raw.day, raw.visit;

UPDATE stored SET gap = stored.gap + heirs.gap FROM heirs
WHERE stored.day = heirs.day AND stored.visit = heirs.visit AND stored.seq + stored.reading::UINTEGER = heirs.heir;

UPDATE set_aside SET heir = heirs.heir FROM heirs
WHERE set_aside.removed AND set_aside.heir IS NULL AND set_aside.day = heirs.day AND set_aside.visit = heirs.visit;

DROP TABLE incoming;
