SELECT id FROM parcel WHERE state = 'delivered' ORDER BY seq DESC LIMIT 1;
