-- NULL where no capture of the code is stored.
SELECT max(code_tail_sha256 = ?2) FROM progress WHERE code_sha256 = ?1;
