select '' as id
