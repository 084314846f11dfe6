-- The closed months that were sealed before readings lay on the rows of their page views (seal.sql), and whose rows are still there.
SELECT month FROM months
WHERE NOT gathered AND month NOT IN (SELECT date_trunc('month', day) FROM retired)
ORDER BY month;
