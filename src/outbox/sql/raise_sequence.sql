UPDATE sequence SET last = ?1, gap_before_next = gap_before_next OR ?2 WHERE last < ?1
