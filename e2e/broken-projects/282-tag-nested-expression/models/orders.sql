{% if {{ x }} %}1{% endif %}
