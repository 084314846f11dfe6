-- What some of what is kept apart has in common (null: whatever it is): events and visitors by the value of each column, of
-- content the $most with the most events.
SELECT what, value, count(*) AS events, count(DISTINCT visitor) AS visitors
FROM (
    SELECT visitor, unnest(['path', 'source', 'country', 'browser']) AS what, unnest([path, source, country, browser]) AS value
    FROM apart
    WHERE reason = $reason AND day BETWEEN $first AND $last AND category = coalesce($category, category)
        AND who = coalesce($who, who) AND path = coalesce($path, path)
)
GROUP BY what, value
QUALIFY what IN ('country', 'browser') OR row_number() OVER (PARTITION BY what ORDER BY events DESC, value) <= $most
ORDER BY what, events DESC, value;
