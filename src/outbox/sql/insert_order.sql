INSERT INTO pay_order (number, id, asked_at_ms, day, amount_fen, state)
VALUES (?1, ?2, ?3, ?4, ?5, 'not_paid')
ON CONFLICT (number) DO NOTHING
