-- The first day that has rows, how many rows lie before $before, when the site was pruned last, whether the file has
-- bytes that belong to nothing any more, and how many rows kept apart lie before $apart_before.
SELECT
    (SELECT min(day) FROM events),
    (SELECT count(*) FROM events WHERE day < CAST($before AS DATE)),
    (SELECT max(pruned_at) FROM prunings),
    EXISTS (FROM unerased),
    (SELECT count(*) FROM apart WHERE day < CAST($apart_before AS DATE));
