-- Some of what is kept apart (null: whatever it is), by day: events, visits, visitors, and visits of one event.
SELECT day, CAST(sum(events) AS BIGINT), count(*), count(DISTINCT visitor), count(*) FILTER (events = 1)
FROM (
    SELECT day, visit, any_value(visitor) AS visitor, count(*) AS events FROM apart
    WHERE reason = $reason AND day BETWEEN $first AND $last AND category = coalesce($category, category)
        AND who = coalesce($who, who) AND path = coalesce($path, path)
    GROUP BY day, visit
)
GROUP BY day
ORDER BY day;
