UPDATE sequence SET gap_before_next = 1
