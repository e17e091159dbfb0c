SELECT reasons FROM verdict WHERE at_ms >= ?1
