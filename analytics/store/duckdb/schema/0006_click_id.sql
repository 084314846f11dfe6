-- The name of the click id that a visit's first address carried.

ALTER TABLE events ADD COLUMN click_id VARCHAR DEFAULT '';
ALTER TABLE set_aside ADD COLUMN click_id VARCHAR DEFAULT '';

CREATE OR REPLACE VIEW raw AS             -- events without what is worked out at sealing: the columns of model.Row
SELECT
    day, time, seq, gap, visitor, visit, name, hostname, path, interactive, engaged, scroll, revenue, currency, props,
    referrer, source, channel, utm_source, utm_medium, utm_campaign, utm_content, utm_term, country, region, city,
    browser, browser_version, os, os_version, device, language, screen, click_id
FROM events;

-- What was counted before has none, so its roll-ups are those of the whole.
INSERT INTO rollup_days SELECT * REPLACE ('visit:click_id' AS dimension, '(not set)' AS value) FROM rollup_days WHERE dimension = '';
INSERT INTO rollup_months SELECT * REPLACE ('visit:click_id' AS dimension, '(not set)' AS value) FROM rollup_months WHERE dimension = '';
