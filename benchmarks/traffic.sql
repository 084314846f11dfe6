-- One day of made-up traffic, as skewed as the web's: a few pages, sources and countries have most of it. `second` is
-- of the day on which the visit began and may lie in the next; `visitor` and `visit` are numbers of this day alone.
WITH visits AS MATERIALIZED (
    SELECT
        i AS visit,
        CASE WHEN random() < 0.8 THEN i ELSE floor(random() * $visits)::INT END AS visitor,
        1 + least(29, floor(-ln(random() + 1e-12) * 1.35))::INT AS pages,
        -- quiet nights
        (86400 * (0.25 + 0.75 * sqrt(random())))::INT AS started,
        floor(pow(random(), 4) * 1000)::INT AS source,
        random() AS campaign
    FROM range($visits) numbers(i)
),
people AS MATERIALIZED (
    SELECT
        n AS visitor,
        ['DE', 'US', 'GB', 'FR', 'AT', 'CH', 'NL', 'IT', 'ES', 'PL', 'SE', 'CA', 'IN', 'BR', 'JP', 'AU', 'DK', 'NO', 'BE', 'CZ']
            [1 + floor(pow(random(), 3) * 20)::INT] AS country,
        ['Chrome', 'Safari', 'Firefox', 'Edge', 'Samsung Internet', 'Opera'][1 + floor(pow(random(), 2) * 6)::INT] AS browser,
        (120 + floor(random() * 12))::VARCHAR AS browser_version,
        ['Windows', 'Android', 'iOS', 'macOS', 'Linux'][1 + floor(pow(random(), 1.5) * 5)::INT] AS os,
        (10 + floor(random() * 5))::VARCHAR AS os_version,
        ['Desktop', 'Mobile', 'Tablet'][1 + floor(pow(random(), 1.7) * 3)::INT] AS device,
        ['de', 'en', 'fr', 'it', 'es', 'pl'][1 + floor(pow(random(), 2) * 6)::INT] AS language,
        ['small', 'medium', 'large', 'huge'][1 + floor(random() * 4)::INT] AS screen
    FROM range($visits) numbers(n)
),
views AS (SELECT *, unnest(range(pages)) AS view FROM visits JOIN people USING (visitor)),
located AS (
    SELECT *, '/section-' || floor(pow(random(), 2) * 12)::INT || '/page-' || floor(pow(random(), 3.2) * 4200)::INT AS path,
        (random() * 90000)::INT AS read_for, random() AS kind
    FROM views
),
happened AS (
    SELECT *, unnest(CASE WHEN kind < 0.1 THEN ['pageview', 'Sign up', 'engagement']
                          WHEN kind < 0.9 THEN ['pageview', 'engagement'] ELSE ['pageview'] END) AS name
    FROM located
)
SELECT
    $number AS number,
    visit, visitor,
    started + view * 40 + CASE name WHEN 'pageview' THEN 0 ELSE 20 END AS second,
    row_number() OVER (PARTITION BY visit ORDER BY view, name = 'engagement', name) AS seq,
    CASE WHEN view = 0 AND name = 'pageview' THEN 0 ELSE 20 END AS gap,
    name, 'bench.example' AS hostname, path, name <> 'engagement' AS interactive,
    CASE name WHEN 'engagement' THEN read_for ELSE 0 END AS engaged,
    CASE name WHEN 'engagement' THEN read_for % 101 ELSE 0 END AS scroll,
    NULL AS revenue, '' AS currency, MAP {}::MAP(VARCHAR, VARCHAR) AS props,
    CASE source WHEN 0 THEN '' ELSE 'source-' || source || '.example/' || visit % 5 END AS referrer,
    CASE source WHEN 0 THEN '' ELSE 'Source ' || source END AS source,
    CASE WHEN source = 0 THEN 'Direct' WHEN source < 10 THEN 'Organic Search' WHEN source < 50 THEN 'Organic Social'
         ELSE 'Referral' END AS channel,
    CASE WHEN campaign < 0.05 THEN 'newsletter' ELSE '' END AS utm_source,
    CASE WHEN campaign < 0.05 THEN 'email' ELSE '' END AS utm_medium,
    CASE WHEN campaign < 0.05 THEN 'campaign ' || floor(campaign * 1000)::INT ELSE '' END AS utm_campaign,
    '' AS utm_content, '' AS utm_term, country, '' AS region, '' AS city, browser, browser_version, os, os_version, device,
    language, screen, '' AS click_id
FROM happened
