select {{ }} as id
