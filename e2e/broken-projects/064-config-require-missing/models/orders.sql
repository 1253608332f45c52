select {{ config.require('region') }}
