select {{ tools.kit() }} as id
