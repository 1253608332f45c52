/**
 * The address of an instance as anybody may read it: no user, no password, no query. `https://host/path`, `postgres://host:5432/database`;
 * folders as they are.
 */
export function publicAddress(address: string): string {
  if (address.startsWith('/')) return address
  if (!URL.canParse(address)) return ''
  const { protocol, host, pathname } = new URL(address)
  return `${protocol}//${host}${pathname.replace(/\/+$/, '')}`
}
