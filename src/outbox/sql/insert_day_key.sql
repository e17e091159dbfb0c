INSERT INTO day_key (day, key) VALUES (?1, ?2)
