-- The closed months whose visits and visitors may be numbered anew (number_month.sql): all of their days were sealed before $before,
-- when the last key of a day, live or backdated, is gone, so that no row can come any more that continues a visit; and nothing is set
-- aside or kept apart that would find its visit no longer.
SELECT month FROM months
WHERE NOT numbered
    AND NOT EXISTS (FROM days WHERE date_trunc('month', days.day) = month AND (sealed_at IS NULL OR sealed_at >= $before))
    AND NOT EXISTS (FROM set_aside WHERE set_aside.day BETWEEN month - 2 AND month + 33)
    AND NOT EXISTS (FROM apart WHERE apart.day BETWEEN month - 2 AND month + 33)
    AND NOT EXISTS (FROM restored WHERE restored.day BETWEEN month - 2 AND month + 33)
ORDER BY month;
