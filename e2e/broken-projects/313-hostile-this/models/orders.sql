select {{ this.constructor }}, {{ target.__proto__ }}, {{ config.__init__ }}
