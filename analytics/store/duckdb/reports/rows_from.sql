-- The first day that rows are kept of; null when none have gone.
SELECT max(rows_before) FROM prunings;
