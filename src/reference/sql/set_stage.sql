-- A withdrawal is final, so it is never overwritten.
UPDATE progress SET stage = ?2, since_ms = ?3 WHERE id = ?1 AND stage <> ?2 AND state <> 'withdrawn';
