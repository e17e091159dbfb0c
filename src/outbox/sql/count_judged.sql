INSERT INTO judged (day, what, count) VALUES (?1, ?2, 1)
ON CONFLICT (day, what) DO UPDATE SET count = count + 1
