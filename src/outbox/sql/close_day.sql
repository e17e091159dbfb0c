INSERT OR REPLACE INTO closed_day (day, at_ms, operator, started) VALUES (?1, ?2, ?3, ?4)
