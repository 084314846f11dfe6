-- Every day that has events: whether it is sealed, of which zone it is, and what its roll-ups are.
SELECT day, sealed_at IS NOT NULL, zone, rules, fine FROM days ORDER BY day;
