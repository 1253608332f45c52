{% extends 'base.sql' %}
