{% do exceptions.warn('The region is old.') %}select 1 as id
