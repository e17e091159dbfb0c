DELETE FROM visit RETURNING day, operator
