UPDATE pay_order SET state = ?2, paid_at_ms = ?3 WHERE number = ?1;
