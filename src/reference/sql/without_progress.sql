SELECT id FROM capture
WHERE id NOT IN (SELECT id FROM progress) AND erased_at_ms IS NULL AND (id, station) NOT IN (SELECT id, station FROM withdrawn)
ORDER BY stored_at_ms, id;
