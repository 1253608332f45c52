{% if true %}{{ exceptions.raise_compiler_error('The region is missing.') }}{% endif %}select 1
