SELECT at_ms FROM withdrawn WHERE id = ?1;
