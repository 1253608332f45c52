{% fi true %}select 1{% endfi %}
