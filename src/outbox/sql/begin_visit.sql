INSERT INTO visit (one, day, operator) VALUES (1, ?1, ?2)
