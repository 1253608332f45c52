// By itself, to be imported when it is needed: it makes its memory ready at once.
export { hasSqlDetails, loadModule, parseSync } from 'libpg-query'
