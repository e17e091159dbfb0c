SELECT id FROM download WHERE secret_sha256 = ?1 AND expires_at_ms > ?2;
