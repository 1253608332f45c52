select {{ modules.re.match('(a+)+$', 'a' * 40 ~ 'b') }} as id
