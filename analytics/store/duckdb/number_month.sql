-- Numbers the visits and visitors of a closed month anew, in the order of its rows: a random number takes ten bytes a visit, its
-- place in the order a fraction of one. Visits that go on in another month keep their numbers, and so do their visitors.
-- Nothing may be left that could name an old number (reports/unnumbered.sql).
CREATE OR REPLACE TEMP TABLE visits AS
SELECT visit, $base + row_number() OVER (ORDER BY min(rowid)) AS number
FROM stored WHERE (settled OR inside) AND day >= $month AND day < $month + INTERVAL 1 MONTH
GROUP BY visit;

-- A visitor is one of one day.
CREATE OR REPLACE TEMP TABLE visitors AS
SELECT day, visitor, $base + row_number() OVER (ORDER BY min(rowid)) AS number
FROM stored SEMI JOIN visits USING (visit) WHERE day >= $month AND day < $month + INTERVAL 1 MONTH
GROUP BY day, visitor;

CREATE OR REPLACE TEMP TABLE numbered AS
SELECT stored.* REPLACE (
    coalesce(visits.number, stored.visit)::UBIGINT AS visit, coalesce(visitors.number, stored.visitor)::UBIGINT AS visitor
)
FROM stored
LEFT JOIN visits ON visits.visit = stored.visit
LEFT JOIN visitors ON visitors.day = stored.day AND visitors.visitor = stored.visitor
WHERE stored.day >= $month AND stored.day < $month + INTERVAL 1 MONTH
ORDER BY stored.rowid;

DELETE FROM stored WHERE day >= $month AND day < $month + INTERVAL 1 MONTH;

INSERT INTO stored FROM numbered;

UPDATE months SET numbered = true WHERE month = $month;

DROP TABLE visits;

DROP TABLE visitors;

DROP TABLE numbered;
