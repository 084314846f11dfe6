-- Where a person wants a site in the list of all sites. A site without a row stands where its figures put it.
CREATE TABLE site_places (
    person  INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    site    TEXT NOT NULL REFERENCES sites (id) ON DELETE CASCADE,
    place   TEXT NOT NULL CHECK (place IN ('pinned', 'hidden')),
    PRIMARY KEY (person, site)
) STRICT;
