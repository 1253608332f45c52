{% macro %}
