SELECT day, key FROM day_key
