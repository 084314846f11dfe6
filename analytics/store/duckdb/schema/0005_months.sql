-- A mark on the rows of closed months, for roll-ups of months: a visit over midnight whose days all lie in one month is in them.
ALTER TABLE events ADD COLUMN inside BOOLEAN DEFAULT false;      -- not settled; all visits that it shares visitors with lie in this month
