-- Reads one file of rows (JSON objects, one a line); admit.sql and corrections/ take them into events.
CREATE OR REPLACE TEMP TABLE incoming AS
SELECT * REPLACE (coalesce(click_id, '') AS click_id)  -- a segment may be older than this column
FROM read_json(
    $file,
    format = 'newline_delimited',
    columns = {
        'day': 'DATE', 'time': 'TIMESTAMP', 'seq': 'UINTEGER', 'gap': 'UINTEGER',
        'visitor': 'UBIGINT', 'visit': 'UBIGINT', 'name': 'VARCHAR', 'hostname': 'VARCHAR', 'path': 'VARCHAR',
        'interactive': 'BOOLEAN', 'engaged': 'UINTEGER', 'scroll': 'UTINYINT',
        'revenue': 'DECIMAL(18, 3)', 'currency': 'VARCHAR', 'props': 'MAP(VARCHAR, VARCHAR)',
        'referrer': 'VARCHAR', 'source': 'VARCHAR', 'channel': 'VARCHAR',
        'utm_source': 'VARCHAR', 'utm_medium': 'VARCHAR', 'utm_campaign': 'VARCHAR',
        'utm_content': 'VARCHAR', 'utm_term': 'VARCHAR',
        'country': 'VARCHAR', 'region': 'VARCHAR', 'city': 'VARCHAR',
        'browser': 'VARCHAR', 'browser_version': 'VARCHAR', 'os': 'VARCHAR', 'os_version': 'VARCHAR',
        'device': 'VARCHAR', 'language': 'VARCHAR', 'screen': 'VARCHAR', 'click_id': 'VARCHAR'
    }
);

-- Totals of days whose rows are gone cannot be made again, so nothing is added to them.
INSERT INTO dropped
SELECT day, 'too_old', count(*) FROM incoming WHERE day < (SELECT max(rows_before) FROM prunings) GROUP BY day;

DELETE FROM incoming WHERE day < (SELECT max(rows_before) FROM prunings);

-- The days that have to be read row by row from now on: those of the rows, and a sealed day beside them that has a part of
-- one of their visits where its marks say that there is none.
CREATE OR REPLACE TEMP TABLE changed AS
SELECT DISTINCT day FROM incoming
UNION
SELECT day FROM events
WHERE visit IN (SELECT visit FROM incoming) AND (settled OR inside) AND day IN (
    SELECT unnest([day - 2, day - 1, day + 1, day + 2]) FROM incoming
);
