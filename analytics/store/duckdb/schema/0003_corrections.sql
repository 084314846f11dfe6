-- What corrections have taken out or rewritten, for as long as it can be had back.

CREATE VIEW raw AS                        -- events without what is worked out at sealing: the columns of model.Row
SELECT
    day, time, seq, gap, visitor, visit, name, hostname, path, interactive, engaged, scroll, revenue, currency, props,
    referrer, source, channel, utm_source, utm_medium, utm_campaign, utm_content, utm_term, country, region, city,
    browser, browser_version, os, os_version, device, language, screen
FROM events;

CREATE TABLE corrections (                -- those that the rows follow; what they say stands in control.sqlite
    correction UINTEGER NOT NULL,
    settled    BOOLEAN NOT NULL           -- nothing is set aside for it
);

CREATE TABLE set_aside AS                 -- rows as they were
SELECT
    []::UINTEGER[] AS corrections,        -- those that touched the row, in their order
    false          AS removed,            -- false: it is in events too, rewritten; only its page and host count here
    NULL::UINTEGER AS heir,               -- seq of the row that holds this one's gap meanwhile; null: none
    *
FROM raw LIMIT 0;
