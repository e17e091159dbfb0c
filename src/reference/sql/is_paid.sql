SELECT EXISTS (SELECT 1 FROM pay_order WHERE code_sha256 = ?1 AND batch = ?2 AND state = 'paid');
