INSERT INTO ticket (code_sha256, made_at_ms) VALUES (?1, ?2);
