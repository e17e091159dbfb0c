SELECT station, seq, sha256, stored_at_ms, audit_lines, erased_at_ms FROM capture WHERE id = ?1;
