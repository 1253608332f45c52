select {% raw %}{{ x }} as id
