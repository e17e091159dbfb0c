SELECT id FROM capture WHERE id NOT IN (SELECT id FROM progress) AND id NOT IN (SELECT id FROM withdrawn) ORDER BY stored_at_ms, id;
