SELECT at_ms, operator, started FROM closed_day WHERE day = ?1
