UPDATE sequence SET last = max(last, ?1), confirmed = confirmed + 1
