select '{{ '{0.__class__}'.format(1) }}' as id
