SELECT number, id, asked_at_ms, amount_fen, state FROM pay_order
WHERE state = 'not_paid' AND asked_at_ms >= ?1
ORDER BY asked_at_ms DESC
LIMIT ?2
