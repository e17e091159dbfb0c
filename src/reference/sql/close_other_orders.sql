UPDATE pay_order SET state = 'closed' WHERE code_sha256 = ?1 AND batch = ?2 AND state = 'not_paid';
