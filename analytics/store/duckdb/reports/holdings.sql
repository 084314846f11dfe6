-- The first day that has rows, how many rows lie before $before, when the site was pruned last, and whether the file has
-- bytes that belong to nothing any more.
SELECT
    (SELECT min(day) FROM events),
    (SELECT count(*) FROM events WHERE day < CAST($before AS DATE)),
    (SELECT max(pruned_at) FROM prunings),
    EXISTS (FROM unerased);
