SELECT kind FROM alarm WHERE station = ?1 ORDER BY kind;
