{% snapshot a %}
{{ config(unique_key='id', strategy='chekc') }}
select 1 as id
{% endsnapshot %}
