select {{ dbt.date_trunk('day', 'at') }} as day
