{% macro need(x) %}{% if not x %}{{ exceptions.raise_compiler_error('x is needed') }}{% endif %}{% endmacro %}
