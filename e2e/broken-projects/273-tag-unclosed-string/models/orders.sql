select {{ "a }} as id
