select '{{ var('strat_date') }}'::date as day
