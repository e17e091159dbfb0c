UPDATE retention SET seconds = ?1
