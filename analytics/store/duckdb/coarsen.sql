-- Of the closed months before $before, roll-ups by day of dimensions with many values go: those by month are enough.
CREATE OR REPLACE TEMP TABLE coarse AS
SELECT day FROM days SEMI JOIN months ON months.month = date_trunc('month', days.day) WHERE fine AND day < $before;

DELETE FROM rollup_days WHERE list_contains($many, dimension) AND day IN (SELECT day FROM coarse);

UPDATE days SET fine = false WHERE day IN (SELECT day FROM coarse);

DROP TABLE coarse;
