/** `host:port/database` of a URL, for messages: never its user or password. */
export function describeServer(url: string): string {
  try {
    const parsed = new URL(url.replace(/@\//, '@localhost/'))
    const folder = parsed.searchParams.get('host')
    if (folder?.startsWith('/')) return `${folder}${parsed.pathname}`
    const host = folder ?? (decodeURIComponent(parsed.hostname) || 'localhost')
    return `${host}${parsed.port === '' ? '' : `:${parsed.port}`}${parsed.pathname}`
  } catch {
    return 'the URL given'
  }
}
