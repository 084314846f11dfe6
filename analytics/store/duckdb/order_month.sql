-- Puts a whole month's rows in the order that a sealed day has (seal.sql): a filter then skips most of a month at once.
-- Visits over midnight that lie in the month (outside.sql) are marked on the way.
CREATE OR REPLACE TEMP TABLE ordered AS
SELECT * REPLACE (settled = false AND visitor NOT IN (SELECT visitor FROM outside) AS inside)
FROM stored WHERE day >= $month AND day < $month + INTERVAL 1 MONTH
ORDER BY
    settled, inside, device, country, browser, os, channel, source, browser_version, os_version, language, screen, visit, seq;

DELETE FROM stored WHERE day >= $month AND day < $month + INTERVAL 1 MONTH;

INSERT INTO stored SELECT * FROM ordered;

DROP TABLE ordered;
