import './as-node.mjs'
import pg from 'pg'

// Whoever else asks for it may mean a browser.
if ((globalThis as { navigator?: { userAgent?: string } }).navigator?.userAgent === 'Node.js')
  Reflect.deleteProperty(globalThis, 'navigator')

export { pg }
