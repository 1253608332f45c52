select {{ 'a'() }}
