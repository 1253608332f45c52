select 'ann' as customer, 1.5 as amount
