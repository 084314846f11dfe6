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
