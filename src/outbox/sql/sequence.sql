SELECT last, gap_before_next, confirmed FROM sequence
