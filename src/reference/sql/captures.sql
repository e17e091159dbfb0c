SELECT id FROM capture ORDER BY stored_at_ms, id;
