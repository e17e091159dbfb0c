-- The progress of each capture. A person is identified by the hash of their code. The tail is
-- hashed together with that code, so that nobody without the code can try all four-character tails.
CREATE TABLE progress (
    id               TEXT PRIMARY KEY NOT NULL REFERENCES capture (id),
    station          TEXT NOT NULL REFERENCES station (station),
    batch            TEXT NOT NULL,
    code_sha256      TEXT NOT NULL CHECK (length(code_sha256) = 64),
    code_tail_sha256 TEXT NOT NULL CHECK (length(code_tail_sha256) = 64),
    captured_at_ms   INTEGER NOT NULL,
    -- The capture that this one claims to replace.
    supersedes       TEXT,
    -- Of one person's captures in a batch, the one with the largest rank counts. The rank is the
    -- time of capture, moved behind the capture that it supersedes.
    rank_ms          INTEGER NOT NULL,
    stored_at_ms     INTEGER NOT NULL,
    since_ms         INTEGER NOT NULL,
    -- In the contract's JSON form.
    stage            TEXT NOT NULL CHECK (json_valid(stage)),
    state            TEXT GENERATED ALWAYS AS (json_extract(stage, '$.stage')) STORED
) STRICT;

CREATE INDEX progress_by_person ON progress (code_sha256, batch);
CREATE INDEX progress_by_state ON progress (state, since_ms);

-- A capture and, if a later one of the same person in the batch counts instead, when that one
-- arrived. An uploaded capture is never replaced.
CREATE VIEW standing AS
SELECT progress.*,
       CASE WHEN state NOT IN ('uploaded', 'voided', 'withdrawn') THEN
           (SELECT min(later.stored_at_ms) FROM progress AS later
            WHERE later.code_sha256 = progress.code_sha256 AND later.batch = progress.batch
              AND later.state NOT IN ('voided', 'withdrawn')
              AND (later.rank_ms, later.id) > (progress.rank_ms, progress.id))
       END AS replaced_at_ms
FROM progress;

-- Auditors' decisions, numbered for each booth.
CREATE TABLE verdict (
    station TEXT NOT NULL REFERENCES station (station),
    number  INTEGER NOT NULL CHECK (number > 0),
    id      TEXT NOT NULL REFERENCES capture (id),
    at_ms   INTEGER NOT NULL,
    -- Names of reasons; an empty list if the portrait was accepted.
    reasons TEXT NOT NULL CHECK (json_valid(reasons)),
    PRIMARY KEY (station, number)
) STRICT;

CREATE TABLE pay_order (
    number        TEXT PRIMARY KEY NOT NULL,
    batch         TEXT NOT NULL,
    code_sha256   TEXT NOT NULL CHECK (length(code_sha256) = 64),
    -- The capture that waits for the payment.
    capture       TEXT NOT NULL,
    amount_fen    INTEGER NOT NULL CHECK (amount_fen > 0),
    made_at_ms    INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('not_paid', 'paid', 'refunded', 'closed')),
    paid_at_ms    INTEGER
) STRICT;

-- One person has at most one open and one paid order in a batch, even if two booths ask at once.
CREATE UNIQUE INDEX one_open_order ON pay_order (code_sha256, batch) WHERE state = 'not_paid';
CREATE UNIQUE INDEX one_paid_order ON pay_order (code_sha256, batch) WHERE state = 'paid';

-- Links to one photo, valid for a few minutes; only the hash of a link's secret is kept.
CREATE TABLE download (
    secret_sha256 TEXT PRIMARY KEY NOT NULL CHECK (length(secret_sha256) = 64),
    id            TEXT NOT NULL REFERENCES capture (id),
    expires_at_ms INTEGER NOT NULL
) STRICT;
