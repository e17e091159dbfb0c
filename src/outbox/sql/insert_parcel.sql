INSERT INTO parcel (id, seq, state, bytes, sha256, suite, confirmed_at_ms, attempts, last_error, day)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
