{% for a in range(1000000000) %}{% endfor %}select 1
