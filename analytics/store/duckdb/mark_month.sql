-- The same for a month that was sealed as a whole, so that its rows are in order: there the marks alone are missing.
UPDATE stored SET inside = true
WHERE settled = false AND day >= $month AND day < $month + INTERVAL 1 MONTH AND visitor NOT IN (SELECT visitor FROM outside);
