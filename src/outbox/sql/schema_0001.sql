-- Nothing here names a person: ids, numbers, times, sizes, hashes, states.
CREATE TABLE parcel (
    id              TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36),
    seq             INTEGER NOT NULL CHECK (seq > 0),
    state           TEXT NOT NULL CHECK (state IN (
                        'queued', 'delivered', 'withdrawn', 'damaged',
                        'other_bytes_under_id', 'too_large', 'not_opened')),
    bytes           INTEGER NOT NULL CHECK (bytes >= 0),
    sha256          TEXT NOT NULL CHECK (length(sha256) = 64),
    suite           TEXT NOT NULL,
    confirmed_at_ms INTEGER NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    last_error      TEXT,
    settled_at_ms   INTEGER,
    -- The platform's signed receipt (JWS), kept after the parcel is gone.
    receipt         TEXT
) STRICT;

CREATE INDEX parcel_by_state ON parcel (state, seq);

-- `confirmed` is counted separately, so that a lost row shows as a day that does not balance.
CREATE TABLE sequence (
    one             INTEGER PRIMARY KEY CHECK (one = 1),
    last            INTEGER NOT NULL,
    gap_before_next INTEGER NOT NULL,
    confirmed       INTEGER NOT NULL
) STRICT;

INSERT INTO sequence (one, last, gap_before_next, confirmed) VALUES (1, 0, 0, 0);

-- The key of one day; it is destroyed when the day ends.
CREATE TABLE day_key (
    day TEXT PRIMARY KEY NOT NULL,
    key BLOB NOT NULL CHECK (length(key) = 64)
) STRICT;

CREATE TABLE captured_today (
    hmac BLOB PRIMARY KEY NOT NULL CHECK (length(hmac) = 32),
    id   TEXT NOT NULL
) STRICT;
