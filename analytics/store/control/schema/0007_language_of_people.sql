-- The language that a person reads pages in (languages.LANGUAGES); empty: as the browser asks.
ALTER TABLE people ADD COLUMN language TEXT NOT NULL DEFAULT '';
