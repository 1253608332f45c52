{#- The uuid of an entity: derived from instance, entity and the source's own id, so that it is the same after every rebuild
    and two instances that use one id for different people stay apart. -#}
{% macro identity(entity, instance, source_key) -%}
  md5(({{ instance }})::text || ':{{ entity }}:' || ({{ source_key }}))::uuid
{%- endmacro %}
