SELECT id FROM parcel WHERE state = 'delivered' ORDER BY delivery DESC, seq DESC LIMIT 1;
