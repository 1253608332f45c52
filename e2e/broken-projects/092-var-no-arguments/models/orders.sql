select '{{ var() }}' as region
