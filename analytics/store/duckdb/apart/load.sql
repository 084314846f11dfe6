-- Reads one file of rows that are kept apart. Of days whose rows are gone none is kept: it could not be restored.
INSERT INTO apart BY NAME
SELECT * FROM read_json($file, format = 'newline_delimited', columns = $columns)
WHERE day >= coalesce((SELECT max(rows_before) FROM prunings), DATE '0001-01-01');
