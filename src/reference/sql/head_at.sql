SELECT sha256 FROM audit_head WHERE station = ?1 AND lines = ?2;
