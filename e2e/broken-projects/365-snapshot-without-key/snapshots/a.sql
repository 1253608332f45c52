{% snapshot a %}
select 1 as id
{% endsnapshot %}
