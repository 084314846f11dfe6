-- What was restored, and can be put back: when, of which reason, category and who (null: several), how many rows of which
-- days; the latest first.
SELECT
    restored_at, reason, CASE WHEN count(DISTINCT category) = 1 THEN any_value(category) END,
    CASE WHEN count(DISTINCT who) = 1 THEN any_value(who) END, count(*), min(day), max(day)
FROM restored
GROUP BY restored_at, reason
ORDER BY restored_at DESC;
