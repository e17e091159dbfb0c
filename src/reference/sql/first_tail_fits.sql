SELECT code_tail_sha256 = ?2 FROM progress
WHERE code_sha256 = ?1 AND doubted = 0 AND state NOT IN ('voided', 'withdrawn') ORDER BY stored_at_ms, id LIMIT 1;
