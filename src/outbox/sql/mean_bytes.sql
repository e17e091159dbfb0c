-- Only over the latest parcels, because older ones say little about the camera in use.
SELECT CAST(avg(bytes) AS INTEGER) FROM (SELECT bytes FROM parcel ORDER BY seq DESC LIMIT 1000)
