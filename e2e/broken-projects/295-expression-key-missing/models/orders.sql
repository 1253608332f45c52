select {{ {'a': 1}['b'] }} as id
