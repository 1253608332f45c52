select {% if x is definde %}1{% endif %} as id
