{% test even(model) %}select 1
