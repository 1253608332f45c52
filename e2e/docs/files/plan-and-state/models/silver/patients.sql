{{ config(materialized='incremental', unique_key='id') }}
select
  id,
  name
from (values (1, 'Ann')) as p (id, name)
