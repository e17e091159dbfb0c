SELECT lines, sha256 FROM audit_head WHERE station = ?1 ORDER BY lines DESC LIMIT 1;
