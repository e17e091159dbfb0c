UPDATE sequence SET last = max(last, ?1)
