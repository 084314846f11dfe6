-- A mark on the rows of closed months, for roll-ups of months: a visit over midnight whose days all lie in one month is in them.
ALTER TABLE events ADD COLUMN inside BOOLEAN DEFAULT false;      -- not settled; all visits that it shares visitors with lie in this month

-- How many rows a day had when it was sealed, so that the ledger of a year need not count them. Null: to be counted.
ALTER TABLE days ADD COLUMN events UBIGINT;

-- Where visits over midnight are to be looked for. True where it is not known.
ALTER TABLE days ADD COLUMN crossing BOOLEAN DEFAULT true;       -- the day has rows that are not settled
ALTER TABLE days ADD COLUMN outside BOOLEAN DEFAULT true;        -- and some that are not inside
