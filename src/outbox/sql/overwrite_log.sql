-- Run twice: nothing changes, and the page is written.
UPDATE sequence SET gap_before_next = 1 - gap_before_next
