{% import 'other.sql' as other %}select 1
