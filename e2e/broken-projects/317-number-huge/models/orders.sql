select {{ 9 ** 999999 }} as id
