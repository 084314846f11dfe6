-- Visitors with an event since $since (UTC). By visit, because around midnight one visit has two visitor numbers.
SELECT count(DISTINCT visitor)
FROM (SELECT arg_max(visitor, seq) AS visitor FROM events WHERE time >= $since GROUP BY visit);
