SELECT day, started, confirmed, abandoned FROM day ORDER BY day DESC LIMIT ?1
