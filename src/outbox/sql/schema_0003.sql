-- The platform's orders for captures of this booth. Nothing here names a person: a number, an
-- amount, times, a state.
CREATE TABLE pay_order (
    number        TEXT PRIMARY KEY NOT NULL CHECK (length(number) BETWEEN 1 AND 64),
    -- The capture that the order pays for.
    id            TEXT NOT NULL CHECK (length(id) = 36),
    -- When it was shown first, and on which day in China's time zone.
    asked_at_ms   INTEGER NOT NULL,
    day           TEXT NOT NULL,
    amount_fen    INTEGER NOT NULL CHECK (amount_fen >= 0),
    state         TEXT NOT NULL CHECK (state IN ('not_paid', 'paid', 'refunded', 'closed')),
    settled_at_ms INTEGER
) STRICT;

CREATE INDEX pay_order_by_state ON pay_order (state, asked_at_ms);
CREATE INDEX pay_order_by_day ON pay_order (day, id);

-- Auditors' decisions about captures of this booth, by their number in the platform's feed.
CREATE TABLE verdict (
    number  INTEGER PRIMARY KEY NOT NULL CHECK (number > 0),
    id      TEXT NOT NULL CHECK (length(id) = 36),
    at_ms   INTEGER NOT NULL,
    -- Names of reasons, separated by commas; empty for an accepted capture.
    reasons TEXT NOT NULL
) STRICT;

CREATE INDEX verdict_by_time ON verdict (at_ms);
