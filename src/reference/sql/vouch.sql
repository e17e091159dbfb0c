UPDATE progress SET doubted = 0 WHERE id = ?1 AND doubted = 1;
