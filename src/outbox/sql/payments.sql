-- Counts captures, not orders: a capture that got a second order after the first one ran out counts
-- once.
WITH mine AS (
    SELECT id,
           sum(state IN ('paid', 'refunded')) AS paying,
           max(state = 'paid') AS paid,
           max(state = 'refunded') AS refunded,
           max(state = 'not_paid') AS open,
           max(CASE WHEN state = 'paid' THEN amount_fen ELSE 0 END) AS paid_fen
    FROM pay_order WHERE day = ?1 GROUP BY id
)
SELECT count(*),
       coalesce(sum(paid), 0),
       coalesce(sum(NOT paid AND open), 0),
       coalesce(sum(NOT paid AND NOT open AND refunded), 0),
       coalesce(sum(NOT paid AND NOT open AND NOT refunded), 0),
       coalesce(sum(paying > 1), 0),
       coalesce(sum(paid_fen), 0)
FROM mine
