{% macro cents(c) %}{{ c }}
