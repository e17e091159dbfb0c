INSERT INTO verdict (number, id, at_ms, reasons) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (number) DO NOTHING
