UPDATE pay_order SET code_sha256 = lower(hex(randomblob(32))), erased_at_ms = ?2
WHERE batch = ?1 AND erased_at_ms IS NULL AND code_sha256 NOT IN (SELECT code_sha256 FROM progress WHERE batch = ?1);
