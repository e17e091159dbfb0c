-- Moves captures that supersede this one behind it, if they arrived and were ranked before it.
WITH RECURSIVE successor (id, rank_ms) AS (
    SELECT id, rank_ms FROM progress WHERE id = ?1
    UNION
    SELECT progress.id, max(progress.rank_ms, successor.rank_ms + 1)
    FROM progress JOIN successor ON progress.supersedes = successor.id
    LIMIT 100
)
UPDATE progress SET rank_ms = (SELECT max(successor.rank_ms) FROM successor WHERE successor.id = progress.id)
WHERE id IN (SELECT id FROM successor);
