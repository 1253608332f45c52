-- rebuild: refresh

-- execute (its refresh)
refresh materialized view concurrently "silver"."sites";
