SELECT id, number, seq, state, sha256, attempts FROM note WHERE id = ?1 AND number = ?2
