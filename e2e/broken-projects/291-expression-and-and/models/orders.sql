{% if true && false %}1{% endif %}
