SELECT id FROM captured_today WHERE hmac = ?1
