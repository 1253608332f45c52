{% for x in [1] %}{% if x %}{{ x }}{% endfor %}{% endif %}
