SELECT id FROM parcel WHERE state = 'delivered' ORDER BY stored_at_ms DESC, seq DESC LIMIT 1;
