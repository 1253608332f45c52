{% if true %}select 1{% endfor %}
