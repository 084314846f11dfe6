-- What is set aside of a sealed day is known no more exactly than what is not (seal.sql): quarter-hours, and one sum of
-- gaps for each quarter-hour of a visit. The heir of a gap is where that sum stands now.
UPDATE set_aside SET heir = latest.seq
FROM (
    SELECT day, visit, seq AS heir, max(seq) OVER (PARTITION BY day, visit, time) AS seq
    FROM events WHERE day BETWEEN $first AND $last
) AS latest
WHERE set_aside.day = latest.day AND set_aside.visit = latest.visit AND set_aside.heir = latest.heir;

UPDATE set_aside SET time = coarse.quarter, gap = coarse.gap
FROM (
    SELECT
        day, visit, seq, quarter,
        CASE WHEN seq = max(seq) OVER alike THEN sum(gap) OVER alike ELSE 0 END AS gap
    FROM (SELECT *, time_bucket(INTERVAL 15 MINUTE, time) AS quarter FROM set_aside WHERE day BETWEEN $first AND $last)
    WINDOW alike AS (PARTITION BY day, visit, quarter, heir, corrections, removed)
) AS coarse
WHERE set_aside.day = coarse.day AND set_aside.visit = coarse.visit AND set_aside.seq = coarse.seq;
