{% filter upper %}select 1
