-- Nothing here names a person: stations, ids, numbers, times, hashes.
CREATE TABLE ticket (
    -- Only the hash of the one-time code is kept.
    code_sha256 TEXT PRIMARY KEY NOT NULL CHECK (length(code_sha256) = 64),
    made_at_ms  INTEGER NOT NULL,
    -- The station that used it; NULL until then.
    station     TEXT
) STRICT;

CREATE TABLE station (
    station        TEXT PRIMARY KEY NOT NULL,
    key            TEXT NOT NULL,
    name           TEXT NOT NULL,
    enrolled_at_ms INTEGER NOT NULL,
    seen_at_ms     INTEGER
) STRICT;

CREATE TABLE capture (
    id           TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36),
    station      TEXT NOT NULL REFERENCES station (station),
    seq          INTEGER NOT NULL CHECK (seq > 0),
    sha256       TEXT NOT NULL CHECK (length(sha256) = 64),
    bytes        INTEGER NOT NULL CHECK (bytes > 0),
    stored_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX capture_by_station ON capture (station, seq);
