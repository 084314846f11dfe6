-- Every day that has events: whether it is sealed, of which zone it is, what its roll-ups are and what they do without.
SELECT day, sealed_at IS NOT NULL, zone, rules, fine, crossing, outside, sealed_at FROM days ORDER BY day;
