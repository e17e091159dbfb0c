-- Run it twice: no value has changed then, but the page was written again, over its old bytes.
UPDATE sequence SET gap_before_next = 1 - gap_before_next
