DELETE FROM alarm WHERE station = ?1;
