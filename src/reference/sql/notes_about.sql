SELECT station, number FROM note
WHERE id = ?1 AND erased_at_ms IS NULL AND station = coalesce((SELECT station FROM capture WHERE capture.id = ?1), station)
ORDER BY number, station;
