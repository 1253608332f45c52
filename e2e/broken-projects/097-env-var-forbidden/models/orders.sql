select '{{ env_var('HOME') }}' as home
