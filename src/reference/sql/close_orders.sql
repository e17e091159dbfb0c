UPDATE pay_order SET state = 'closed' WHERE state = 'not_paid' AND expires_at_ms <= ?1;
