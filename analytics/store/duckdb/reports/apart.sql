-- What is kept apart by reason, category, who and day. Of each reason and category the $most who have the most events stand
-- by name; who is null for the others together.
WITH ranked AS (
    SELECT
        reason, category, who,
        row_number() OVER (PARTITION BY reason, category ORDER BY count(*) DESC, who) <= $most AS named
    FROM apart GROUP BY reason, category, who
)
SELECT reason, category, CASE WHEN named THEN who END AS who, day, count(*)
FROM apart JOIN ranked USING (reason, category, who)
GROUP BY ALL
ORDER BY ALL;
