SELECT id, number, seq FROM note WHERE id = ?1 AND number >= ?2 AND state = 'queued' ORDER BY number
