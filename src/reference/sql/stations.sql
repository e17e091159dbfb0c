SELECT station, name, enrolled_at_ms, seen_at_ms, revoked_at_ms,
       (SELECT count(*) FROM capture WHERE capture.station = station.station) FROM station ORDER BY enrolled_at_ms, station;
