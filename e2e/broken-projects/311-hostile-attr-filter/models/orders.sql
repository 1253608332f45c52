select {{ 'x' | attr('__class__') | attr('__base__') }}
