-- Closes one day: times become quarter-hours, the seconds between events become one sum a visit, and the
-- order of arrival is lost (rows go by their random visit number). May be repeated: it changes nothing then.
CREATE OR REPLACE TEMP TABLE sealed AS
SELECT * REPLACE (
    time_bucket(INTERVAL 15 MINUTE, time) AS time,
    CASE WHEN row_number() OVER (PARTITION BY visit ORDER BY seq DESC) = 1
         THEN sum(gap) OVER (PARTITION BY visit) ELSE 0 END AS gap
)
FROM events WHERE day = $day;

DELETE FROM events WHERE day = $day;

INSERT INTO events SELECT * FROM sealed ORDER BY visit, seq;

DROP TABLE sealed;
