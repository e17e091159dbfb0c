DELETE FROM download WHERE id = ?1;
