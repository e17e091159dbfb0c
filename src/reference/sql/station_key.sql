SELECT key FROM station WHERE station = ?1;
