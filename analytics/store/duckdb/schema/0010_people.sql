-- Nobody whose visits differ in a coarse attribute of the person within a day is settled any more, or inside of a month (seal.sql).
-- The days that have such a one are sealed anew. By hashes: at 79 million rows the smallest and largest text of every visitor did not fit
-- into 512 MB beside the columns that were just added.
CREATE TEMP TABLE changed AS
SELECT DISTINCT day FROM (
    SELECT day FROM events WHERE (settled AND entry AND NOT alone) OR inside GROUP BY day, visitor
    HAVING min(hash(country, device, browser, os)) <> max(hash(country, device, browser, os))
);

DELETE FROM rollup_months WHERE month IN (SELECT date_trunc('month', day) FROM changed);

DELETE FROM months WHERE month IN (SELECT date_trunc('month', day) FROM changed);

DELETE FROM rollup_days WHERE day IN (SELECT day FROM changed);

DELETE FROM days WHERE day IN (SELECT day FROM changed);

INSERT INTO days (day) SELECT day FROM changed;

DROP TABLE changed;
