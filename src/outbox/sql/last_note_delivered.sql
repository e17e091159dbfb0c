SELECT id, number, seq, state, sha256, attempts, receipt FROM note
WHERE state = 'delivered' ORDER BY stored_at_ms DESC LIMIT 1
