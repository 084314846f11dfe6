-- Puts the roll-ups of a year's closed months ($first to before $next), and of the days of those that were closed since the last time,
-- in the order of their values. What is equal lies together then: it takes two thirds of the bytes, and adding up the pages of a year
-- a third of the time (36,000 pages: 8 ms instead of 25). By year, so that a year from now no more has to be put in order, or read.
-- What is deleted is named by the few months, not by the rows in order: 18 million rows then fit into 128 MB.
CREATE OR REPLACE TEMP TABLE by_value AS
FROM rollup_months WHERE month IN (SELECT month FROM months WHERE month >= $first AND month < $next)
ORDER BY dimension, value, month;

DELETE FROM rollup_months WHERE month IN (SELECT month FROM months WHERE month >= $first AND month < $next);

INSERT INTO rollup_months FROM by_value;

CREATE OR REPLACE TEMP TABLE by_value AS
FROM rollup_days
WHERE date_trunc('month', day) IN (SELECT month FROM months WHERE month >= $first AND month < $next AND NOT ordered)
ORDER BY date_trunc('month', day), dimension, value, day;

DELETE FROM rollup_days
WHERE date_trunc('month', day) IN (SELECT month FROM months WHERE month >= $first AND month < $next AND NOT ordered);

INSERT INTO rollup_days FROM by_value;

DROP TABLE by_value;

UPDATE months SET ordered = true WHERE month >= $first AND month < $next;
