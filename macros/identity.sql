{#- The uuid of an entity: derived from instance, entity and the source's own id, so that it is the same after every rebuild
    and two instances that use one id for different people stay apart. -#}
{% macro identity(entity, instance, source_key) -%}
  md5(({{ instance }})::text || ':{{ entity }}:' || ({{ source_key }}))::uuid
{%- endmacro %}

{#- The identity of the entity that a record names, of the same instance as the record itself (the row `r`); null where it
    names none. -#}
{% macro reference(entity, path) -%}
  {{ identity(entity, 'r.source_instance_id', "nullif(" ~ path ~ ", '')") }}
{%- endmacro %}
