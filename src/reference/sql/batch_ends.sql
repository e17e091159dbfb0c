SELECT batch, closes_ms FROM batch_end ORDER BY batch
