{{ config(tags=7, enabled='perhaps', meta=[1], schema=['a'], alias=3) }}
select 1 as id
