select {{ need(none) }}1 as id
