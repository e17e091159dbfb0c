INSERT INTO verdict (station, number, id, at_ms, reasons)
SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4 FROM verdict WHERE station = ?1;
