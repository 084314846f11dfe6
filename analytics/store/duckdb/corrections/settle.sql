-- A correction that can no longer be undone: what was kept for it goes, and the ledger has for good what it took out.
UPDATE set_aside SET corrections = list_filter(corrections, lambda each: each <> $id) WHERE list_contains(corrections, $id);

INSERT INTO dropped
SELECT day, $reason, count(*) FROM set_aside WHERE removed AND len(corrections) = 0 GROUP BY day;

INSERT INTO unerased SELECT 'correction ' || $id WHERE EXISTS (FROM set_aside WHERE len(corrections) = 0);

DELETE FROM set_aside WHERE len(corrections) = 0;

UPDATE corrections SET settled = true WHERE correction = $id;
