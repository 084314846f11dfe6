-- Orders the roll-ups by value: those of a year's closed months ($first to before $next), and the daily ones of the months that were
-- closed since the last time. Equal values then lie together, which takes two thirds of the bytes, and a third of the time to add up
-- the pages of a year (36,000 pages: 8 ms instead of 25). One year at a time, so that neither this nor a query about a month touches
-- all years. Rows to delete are selected by month: selecting them by the ordered rows needs far more memory (18 million rows did not
-- fit into 128 MB; like this they do).
CREATE OR REPLACE TEMP TABLE closed AS
SELECT month, ordered FROM months WHERE month >= $first AND month < $next;

CREATE OR REPLACE TEMP TABLE by_value AS
FROM rollup_months WHERE month IN (SELECT month FROM closed)
ORDER BY dimension, value, month;

DELETE FROM rollup_months WHERE month IN (SELECT month FROM closed);

INSERT INTO rollup_months FROM by_value;

CREATE OR REPLACE TEMP TABLE by_value AS
FROM rollup_days WHERE date_trunc('month', day) IN (SELECT month FROM closed WHERE NOT ordered)
ORDER BY date_trunc('month', day), dimension, value, day;

DELETE FROM rollup_days WHERE date_trunc('month', day) IN (SELECT month FROM closed WHERE NOT ordered);

INSERT INTO rollup_days FROM by_value;

UPDATE months SET ordered = true WHERE month IN (SELECT month FROM closed);

DROP TABLE by_value;

DROP TABLE closed;
