SELECT max(seq) FROM capture WHERE station = ?1;
