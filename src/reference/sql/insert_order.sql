INSERT INTO pay_order (number, batch, code_sha256, capture, amount_fen, made_at_ms, expires_at_ms, state)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'not_paid');
