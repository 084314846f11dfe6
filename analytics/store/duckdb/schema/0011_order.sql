-- Roll-ups of closed months lie in the order of their values (order_rollups.sql).
ALTER TABLE months ADD COLUMN ordered BOOLEAN DEFAULT false;     -- those of this month and of its days do
