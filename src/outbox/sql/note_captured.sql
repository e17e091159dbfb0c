INSERT OR REPLACE INTO captured_today (hmac, id) VALUES (?1, ?2)
