-- Where each capture stands. The person behind it is the hash of their code, and the tail is kept only mixed with that code, so
-- that nobody without the code can try four characters.
CREATE TABLE progress (
    id               TEXT PRIMARY KEY NOT NULL REFERENCES capture (id),
    station          TEXT NOT NULL REFERENCES station (station),
    batch            TEXT NOT NULL,
    code_sha256      TEXT NOT NULL CHECK (length(code_sha256) = 64),
    code_tail_sha256 TEXT NOT NULL CHECK (length(code_tail_sha256) = 64),
    captured_at_ms   INTEGER NOT NULL,
    -- The capture that this one says it replaces.
    supersedes       TEXT,
    -- Of one person's captures in a batch the largest counts: the time of capture, moved behind what it supersedes.
    rank_ms          INTEGER NOT NULL,
    stored_at_ms     INTEGER NOT NULL,
    since_ms         INTEGER NOT NULL,
    -- As the contract writes it.
    stage            TEXT NOT NULL CHECK (json_valid(stage)),
    state            TEXT GENERATED ALWAYS AS (json_extract(stage, '$.stage')) STORED
) STRICT;

CREATE INDEX progress_by_person ON progress (code_sha256, batch);
CREATE INDEX progress_by_state ON progress (state, since_ms);

-- A capture and, if a later one of the same person in the batch counts, when that one came. What is uploaded stays.
CREATE VIEW standing AS
SELECT progress.*,
       CASE WHEN state NOT IN ('uploaded', 'voided', 'withdrawn') THEN
           (SELECT min(later.stored_at_ms) FROM progress AS later
            WHERE later.code_sha256 = progress.code_sha256 AND later.batch = progress.batch
              AND later.state NOT IN ('voided', 'withdrawn')
              AND (later.rank_ms, later.id) > (progress.rank_ms, progress.id))
       END AS replaced_at_ms
FROM progress;

-- What auditors decided, counted by booth.
CREATE TABLE verdict (
    station TEXT NOT NULL REFERENCES station (station),
    number  INTEGER NOT NULL CHECK (number > 0),
    id      TEXT NOT NULL REFERENCES capture (id),
    at_ms   INTEGER NOT NULL,
    -- Names of reasons; none where the portrait was accepted.
    reasons TEXT NOT NULL CHECK (json_valid(reasons)),
    PRIMARY KEY (station, number)
) STRICT;

CREATE TABLE pay_order (
    number        TEXT PRIMARY KEY NOT NULL,
    batch         TEXT NOT NULL,
    code_sha256   TEXT NOT NULL CHECK (length(code_sha256) = 64),
    -- The capture that waits for it.
    capture       TEXT NOT NULL,
    amount_fen    INTEGER NOT NULL CHECK (amount_fen > 0),
    made_at_ms    INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('not_paid', 'paid', 'refunded', 'closed')),
    paid_at_ms    INTEGER
) STRICT;

-- One person has at most one open and one paid order in a batch, whatever two booths ask at once.
CREATE UNIQUE INDEX one_open_order ON pay_order (code_sha256, batch) WHERE state = 'not_paid';
CREATE UNIQUE INDEX one_paid_order ON pay_order (code_sha256, batch) WHERE state = 'paid';

-- Ways to one photo for a few minutes; only the hash of a link's secret is kept.
CREATE TABLE download (
    secret_sha256 TEXT PRIMARY KEY NOT NULL CHECK (length(secret_sha256) = 64),
    id            TEXT NOT NULL REFERENCES capture (id),
    expires_at_ms INTEGER NOT NULL
) STRICT;
