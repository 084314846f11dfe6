-- On entry and exit of settled visits: the top-level sections that the visit was in, each between two line breaks.
ALTER TABLE events ADD COLUMN places VARCHAR DEFAULT '';
