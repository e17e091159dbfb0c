INSERT OR IGNORE INTO order_asker (number, station) VALUES (?1, ?2);
