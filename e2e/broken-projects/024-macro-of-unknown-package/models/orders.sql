select {{ dbt_utils.star(ref('orders')) }} from x
