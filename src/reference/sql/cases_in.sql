SELECT id, station, batch, code_sha256, captured_at_ms, since_ms, stage, replaced_at_ms FROM standing
WHERE state = ?1 AND replaced_at_ms IS NULL ORDER BY since_ms, id;
