DELETE FROM day_key
