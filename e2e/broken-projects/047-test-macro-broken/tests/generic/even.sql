{% test even(model) %}
select * from {{ model }} where {{ nothing }}
{% endtest %}
