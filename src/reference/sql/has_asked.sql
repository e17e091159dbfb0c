SELECT EXISTS (SELECT 1 FROM order_asker WHERE number = ?1 AND station = ?2);
