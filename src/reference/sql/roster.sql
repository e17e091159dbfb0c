SELECT key, revoked_at_ms IS NOT NULL FROM station WHERE station = ?1;
