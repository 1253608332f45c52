{% call statement("a") %}select 1
