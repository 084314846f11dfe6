-- A second copy of the rows that a closed month's roll-ups do not contain: every query about the month reads them, and finding these
-- few among all rows takes longer than counting them.
CREATE TABLE month_ends AS
FROM events WHERE settled = false AND inside = false AND date_trunc('month', day) IN (SELECT month FROM months);

-- Whether the roll-ups of this month and of its days are ordered by value (order_rollups.sql).
ALTER TABLE months ADD COLUMN ordered BOOLEAN DEFAULT false;
