SELECT number, id, at_ms, reasons FROM verdict WHERE station = ?1 AND number > ?2 ORDER BY number LIMIT ?3;
