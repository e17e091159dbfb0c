UPDATE pay_order SET state = ?2, settled_at_ms = ?3 WHERE number = ?1 AND state <> ?2
