SELECT what, count FROM judged WHERE day = ?1 ORDER BY count DESC, what
