select '{{ env_var('SHOP_CURRENCY') }}' as currency, '{{ env_var('DBT_REGION') }}' as region
