INSERT INTO station (station, key, name, enrolled_at_ms) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (station) DO UPDATE SET name = excluded.name;
