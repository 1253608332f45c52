select {{ adapter.get_colums(this) }}
