SELECT id, station, batch, code_sha256, captured_at_ms, since_ms, stage, replaced_at_ms, doubted FROM standing WHERE id = ?1;
