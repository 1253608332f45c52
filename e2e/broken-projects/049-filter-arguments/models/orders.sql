select {{ 'a' | replace('x') }}
