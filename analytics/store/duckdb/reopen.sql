-- Days whose rows have changed: what was derived from them goes, and questions read the rows until they are sealed again.
DELETE FROM rollup_months WHERE month IN (SELECT date_trunc('month', day) FROM changed SEMI JOIN days USING (day));

DELETE FROM month_ends
WHERE date_trunc('month', day) IN (SELECT date_trunc('month', day) FROM changed SEMI JOIN days USING (day));

DELETE FROM months WHERE month IN (SELECT date_trunc('month', day) FROM changed SEMI JOIN days USING (day));

DELETE FROM rollup_days WHERE day IN (SELECT day FROM changed SEMI JOIN days USING (day));

DELETE FROM days WHERE day IN (SELECT day FROM changed);

INSERT INTO days (day) SELECT day FROM changed;

DROP TABLE changed;
