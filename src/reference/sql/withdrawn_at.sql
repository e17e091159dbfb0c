SELECT at_ms FROM withdrawn WHERE id = ?1 AND station = ?2;
