-- What is `incoming` out of events (corrections/take.sql) goes back to where it was kept apart, and to the ledger's other
-- side. What a settled correction has taken out meanwhile is gone, and stays counted as that.
INSERT INTO apart BY NAME
SELECT incoming.* EXCLUDE (corrections, removed, was_path, was_hostname), reason, category, who
FROM incoming JOIN restored USING (day, visit, seq) WHERE restored_at = $at;

INSERT INTO dropped
SELECT day, reason, count(*) FROM incoming JOIN restored USING (day, visit, seq) WHERE restored_at = $at GROUP BY day, reason;

DELETE FROM restored WHERE restored_at = $at;

DELETE FROM incoming;
