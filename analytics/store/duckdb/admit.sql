-- What is in `incoming`, new from the spool or restored, on its way into events; corrections/ do the rest.

-- Totals of days whose rows are gone cannot be made again, so nothing is added to them.
INSERT INTO dropped
SELECT day, 'too_old', count(*) FROM incoming WHERE day < (SELECT max(rows_before) FROM prunings) GROUP BY day;

DELETE FROM incoming WHERE day < (SELECT max(rows_before) FROM prunings);

-- The days that have to be read row by row from now on: those of the rows, and a sealed day beside them that has a part of
-- one of their visits where its marks say that there is none.
CREATE OR REPLACE TEMP TABLE changed AS
SELECT DISTINCT day FROM incoming
UNION
SELECT day FROM stored
WHERE visit IN (SELECT visit FROM incoming) AND (settled OR inside) AND day IN (
    SELECT unnest([day - 2, day - 1, day + 1, day + 2]) FROM incoming
);
