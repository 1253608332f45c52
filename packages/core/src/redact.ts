const secrets = new Set<string>()

/** Registers a value that must never appear in an error, a log line or an artifact. Empty and very short values are ignored. */
export function registerSecret(secret: string | undefined): void {
  if (secret !== undefined && secret.length >= 4) secrets.add(secret)
}

/** The text without registered secrets and without passwords in URLs. */
export function redact(text: string): string {
  let clean = text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]+@/gi, '$1:***@')
  for (const secret of secrets) clean = clean.replaceAll(secret, '***')
  return clean
}
