select {% for x in 7 %}{{ x }}{% endfor %}
