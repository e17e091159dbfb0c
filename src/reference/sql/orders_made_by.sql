SELECT number FROM pay_order WHERE state = 'not_paid' AND made_at_ms <= ?1 ORDER BY made_at_ms;
