-- Per day what was counted (reason null) and what was dropped for each reason, from $first to $last.
SELECT day, NULL AS reason, count(*) AS events FROM events WHERE day BETWEEN $first AND $last GROUP BY day
UNION ALL
SELECT day, reason, CAST(sum(events) AS BIGINT) FROM dropped WHERE day BETWEEN $first AND $last GROUP BY day, reason
ORDER BY day, reason NULLS FIRST;
