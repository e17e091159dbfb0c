SELECT CAST(avg(bytes) AS INTEGER) FROM parcel
