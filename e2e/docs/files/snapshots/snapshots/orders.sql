{% snapshot orders %}
{{ config(unique_key='id', strategy='timestamp', updated_at='updated_at', schema='history') }}
select * from {{ ref('present_orders') }}
{% endsnapshot %}
