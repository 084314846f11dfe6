-- New rows, in the form in which they go through the corrections.
CREATE OR REPLACE TEMP TABLE incoming AS
SELECT []::UINTEGER[] AS corrections, false AS removed, path AS was_path, hostname AS was_hostname, * FROM incoming;

CREATE OR REPLACE TEMP TABLE met AS SELECT DISTINCT day, visit FROM incoming;
