select '{{ env_var('DBT_REGOIN') }}' as region
