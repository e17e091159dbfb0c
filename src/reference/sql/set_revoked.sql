UPDATE station SET revoked_at_ms = ?2 WHERE station = ?1;
