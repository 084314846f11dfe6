-- The day of the oldest event; one row, null when there is none.
SELECT min(day) FROM days;
