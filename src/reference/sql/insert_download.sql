INSERT INTO download (secret_sha256, id, expires_at_ms) VALUES (?1, ?2, ?3);
