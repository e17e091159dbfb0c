SELECT number, id, asked_at_ms, amount_fen, state FROM pay_order WHERE number = ?1
