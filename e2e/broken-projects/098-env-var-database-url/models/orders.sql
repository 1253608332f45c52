select '{{ env_var('DATABASE_URL') }}' as url
