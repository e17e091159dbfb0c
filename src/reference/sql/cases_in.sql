SELECT id, station, batch, code_sha256, captured_at_ms, since_ms, stage, replaced_at_ms, doubted FROM standing
WHERE state = ?1 AND replaced_at_ms IS NULL AND doubted = 0 ORDER BY since_ms, id;
