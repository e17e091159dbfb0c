SELECT station, seq, sha256, stored_at_ms, audit_lines FROM capture WHERE id = ?1;
