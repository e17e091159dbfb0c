SELECT id FROM capture
WHERE erased_at_ms IS NULL AND (id, station) NOT IN (SELECT id, station FROM withdrawn) ORDER BY stored_at_ms, id;
