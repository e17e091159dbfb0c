SELECT min(confirmed_at_ms) FROM parcel WHERE state NOT IN ('delivered', 'withdrawn')
