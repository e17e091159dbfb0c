DELETE FROM download WHERE expires_at_ms <= ?1;
