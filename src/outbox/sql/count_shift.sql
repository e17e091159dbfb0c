INSERT INTO shift (day, operator, started, confirmed, abandoned) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (day, operator) DO UPDATE SET started = started + excluded.started,
    confirmed = confirmed + excluded.confirmed, abandoned = abandoned + excluded.abandoned
