{% materialization lambda_view, adapter='postgres' %}
  {{ return({'relations': []}) }}
{% endmaterialization %}
