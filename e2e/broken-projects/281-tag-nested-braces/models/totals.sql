select * from {{ ref('{{ x }}') }}
