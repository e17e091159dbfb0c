DELETE FROM captured_today
