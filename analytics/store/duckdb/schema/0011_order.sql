-- The rows of closed months that their roll-ups do without, once more: few among many, and each question about the month reads them.
CREATE TABLE month_ends AS
FROM events WHERE settled = false AND inside = false AND date_trunc('month', day) IN (SELECT month FROM months);

-- Roll-ups of closed months lie in the order of their values (order_rollups.sql).
ALTER TABLE months ADD COLUMN ordered BOOLEAN DEFAULT false;     -- those of this month and of its days do
