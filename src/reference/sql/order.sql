SELECT number, batch, code_sha256, amount_fen, expires_at_ms, state FROM pay_order WHERE number = ?1;
