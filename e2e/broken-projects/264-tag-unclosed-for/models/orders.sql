select {% for x in [1] %}{{ x }}, 1 as id
