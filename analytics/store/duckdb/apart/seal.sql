-- What is kept apart of days that are over is known no more exactly than events of sealed days (seal.sql): quarter-hours, and
-- one sum of gaps for each quarter-hour of a visit.
UPDATE apart SET time = coarse.quarter, gap = coarse.gap
FROM (
    SELECT
        day, visit, seq, quarter,
        CASE WHEN seq = max(seq) OVER alike THEN sum(gap) OVER alike ELSE 0 END AS gap
    FROM (SELECT *, time_bucket(INTERVAL 15 MINUTE, time) AS quarter FROM apart WHERE day < $before)
    WINDOW alike AS (PARTITION BY day, visit, quarter)
) AS coarse
WHERE apart.day = coarse.day AND apart.visit = coarse.visit AND apart.seq = coarse.seq
    AND (apart.time <> coarse.quarter OR apart.gap <> coarse.gap);
