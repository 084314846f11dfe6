-- Per day what was counted (reason null) and what was dropped for each reason, from $first to $last. What corrections
-- have taken out and can still be undone is counted where it lies.
SELECT day, NULL AS reason, events FROM days
WHERE events IS NOT NULL AND day BETWEEN $first AND $last AND day NOT IN (SELECT day FROM retired)
UNION ALL
SELECT day, NULL, count(*) FROM events
WHERE day IN (SELECT day FROM days WHERE events IS NULL AND day BETWEEN $first AND $last) GROUP BY day
UNION ALL
SELECT day, NULL, events FROM retired WHERE day BETWEEN $first AND $last
UNION ALL
SELECT day, reason, CAST(sum(events) AS BIGINT)
FROM (
    SELECT day, reason, events FROM dropped WHERE day BETWEEN $first AND $last
    UNION ALL
    SELECT day, 'corrected', 1 FROM set_aside WHERE removed AND day BETWEEN $first AND $last
)
GROUP BY day, reason
ORDER BY day, reason NULLS FIRST;
