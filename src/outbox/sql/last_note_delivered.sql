SELECT id, number, seq, state, sha256, attempts, receipt FROM note
WHERE state = 'delivered' ORDER BY delivery DESC LIMIT 1
