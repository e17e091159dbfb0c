INSERT INTO day (day, started, confirmed, abandoned) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (day) DO UPDATE SET started = started + excluded.started,
    confirmed = confirmed + excluded.confirmed, abandoned = abandoned + excluded.abandoned
