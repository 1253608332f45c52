select {{ ['a', 'b'] | jion(', ') }}
