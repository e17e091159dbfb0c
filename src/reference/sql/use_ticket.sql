UPDATE ticket SET station = ?2 WHERE code_sha256 = ?1;
