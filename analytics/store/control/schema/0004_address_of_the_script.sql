-- Where a site's script lies was a name in the folder js; it is an address, so that it can lie anywhere.

UPDATE sites SET settings = json_set(settings, '$.script', 'js/' || json_extract(settings, '$.script'))
WHERE json_extract(settings, '$.script') IS NOT NULL;
