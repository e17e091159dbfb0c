SELECT id, station, batch, code_sha256, captured_at_ms, since_ms, stage, replaced_at_ms, doubted FROM standing
WHERE doubted = 1 AND state IN ('awaiting_payment', 'in_audit') ORDER BY since_ms, id;
