models run
sed 's/^  id,$/  id,\n  birth_date,/; s/(values.*/(values (1, date '"'2001-01-31'"', '"'Ann'"')) as p (id, birth_date, name)/' models/silver/patients.sql > changed && mv changed models/silver/patients.sql
