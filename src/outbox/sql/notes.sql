SELECT id, number, seq, state, sha256, attempts FROM note ORDER BY seq, number
