SELECT operator, started, confirmed, abandoned FROM shift WHERE day = ?1 ORDER BY operator
