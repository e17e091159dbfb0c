INSERT INTO batch_end (batch, closes_ms) VALUES (?1, ?2)
ON CONFLICT (batch) DO UPDATE SET closes_ms = excluded.closes_ms
