{% set ref("a") = 1 %}select 1
