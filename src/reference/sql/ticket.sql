SELECT made_at_ms, station FROM ticket WHERE code_sha256 = ?1;
