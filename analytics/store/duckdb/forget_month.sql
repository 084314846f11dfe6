-- Before a month's roll-ups are made anew, beginning with the visits over midnight (close_month.sql): the old ones go, and the rows that
-- the new ones will not contain are copied.
DELETE FROM months WHERE month = $month;

DELETE FROM rollup_months WHERE month = $month;

DELETE FROM month_ends WHERE day >= $month AND day < $month + INTERVAL 1 MONTH;

INSERT INTO month_ends BY NAME
FROM events WHERE settled = false AND inside = false AND day >= $month AND day < $month + INTERVAL 1 MONTH;

UPDATE days SET outside = day IN (SELECT day FROM month_ends) WHERE day >= $month AND day < $month + INTERVAL 1 MONTH;

DROP TABLE outside;
