-- A mark on the rows of closed months, for roll-ups of months: a visit over midnight whose days all lie in one month is in them.
ALTER TABLE events ADD COLUMN inside BOOLEAN DEFAULT false;      -- not settled; all visits that it shares visitors with lie in this month

-- How many rows a day had when it was sealed, so that the ledger of a year need not count them. Null: to be counted.
ALTER TABLE days ADD COLUMN events UBIGINT;
