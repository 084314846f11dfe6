-- Takes rows out of what is kept apart, and out of the ledger's other side; they are `incoming` then, like new ones.
-- Null: whatever it is.
CREATE OR REPLACE TEMP TABLE chosen AS
SELECT * FROM apart
WHERE reason = $reason AND day BETWEEN $first AND $last AND category = coalesce($category, category)
    AND who = coalesce($who, who) AND path = coalesce($path, path);

DELETE FROM apart USING chosen WHERE apart.day = chosen.day AND apart.visit = chosen.visit AND apart.seq = chosen.seq;

INSERT INTO restored SELECT $at, day, visit, seq, reason, category, who FROM chosen;

CREATE OR REPLACE TEMP TABLE fewer AS
SELECT day, reason, sum(events) - any_value(again) AS events
FROM dropped JOIN (SELECT day, reason, count(*) AS again FROM chosen GROUP BY day, reason) USING (day, reason)
GROUP BY day, reason;

DELETE FROM dropped USING fewer WHERE dropped.day = fewer.day AND dropped.reason = fewer.reason;

INSERT INTO dropped SELECT day, reason, events FROM fewer WHERE events > 0;

CREATE OR REPLACE TEMP TABLE incoming AS SELECT * EXCLUDE (reason, category, who) FROM chosen;

DROP TABLE fewer;

DROP TABLE chosen;
