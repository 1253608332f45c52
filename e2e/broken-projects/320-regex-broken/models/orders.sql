select {{ modules.re.match('(a', 'a') }} as id
