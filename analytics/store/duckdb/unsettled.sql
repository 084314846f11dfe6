-- Visitors with a visit that another day has a part of, and those whose visits differ in a coarse attribute of the person: whom a
-- server knows by a label may come by telephone and computer. Such visits are looked for two days away: a zone may leave a day out
-- (Apia had no 30 December 2011).
CREATE OR REPLACE TEMP TABLE unsettled AS
SELECT visitor FROM stored
WHERE day BETWEEN $first AND $last AND visit IN (
    SELECT visit FROM stored WHERE day BETWEEN $first - 2 AND $last + 2 GROUP BY visit HAVING min(day) <> max(day)
)
UNION
SELECT visitor FROM stored WHERE day BETWEEN $first AND $last GROUP BY day, visitor
HAVING min(hash(country, device, browser, os)) <> max(hash(country, device, browser, os));
