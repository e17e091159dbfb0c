SELECT id, station, batch, code_sha256, captured_at_ms, since_ms, stage, replaced_at_ms, doubted FROM standing
WHERE code_sha256 = ?1 AND batch = ?2 AND doubted = 0 ORDER BY rank_ms DESC, id DESC LIMIT ?3;
