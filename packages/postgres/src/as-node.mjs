/**
 * pg asks as it is loaded whether it runs at Cloudflare's: by `navigator`, which Node has since version 21, and without one by making a
 * Response, for which Node loads the whole of its HTTP client, a tenth of what starting takes.
 */
if (!('navigator' in globalThis))
  Object.defineProperty(globalThis, 'navigator', { value: { userAgent: 'Node.js' }, configurable: true })
