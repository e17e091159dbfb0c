UPDATE progress SET batch = ?2 WHERE id = ?1;
