SELECT EXISTS (SELECT 1 FROM capture WHERE station = ?1 AND seq = ?2);
