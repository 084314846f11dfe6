-- Before a file is copied so that what was taken out of it is gone: on days that are open again, what was noted when they
-- were sealed may name it still. Nothing reads it, and sealing notes it anew.
UPDATE stored SET places = '' FROM days WHERE days.day = stored.day AND days.sealed_at IS NULL AND stored.places <> '';
