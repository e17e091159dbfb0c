-- The paid order, otherwise the open one.
SELECT number, batch, code_sha256, amount_fen, expires_at_ms, state FROM pay_order
WHERE code_sha256 = ?1 AND batch = ?2 AND state IN ('paid', 'not_paid') ORDER BY state = 'paid' DESC LIMIT 1;
