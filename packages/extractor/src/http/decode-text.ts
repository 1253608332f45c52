import { isUtf8 } from 'node:buffer'

/**
 * The text that the bytes of an answer are, without its byte order mark, which decides before the charset of the content type;
 * where neither is there it is UTF-8, as JSON has to be, or UTF-16 that shows itself. Null: the bytes are not that text.
 */
export function decodeText(bytes: Buffer, contentType: string): string | null {
  const charset = charsetOfMark(bytes) ?? charsetOf(contentType) ?? charsetOfFirst(bytes)
  if (charset === 'utf-8') {
    if (!isUtf8(bytes)) return null
    const text = bytes.toString('utf8')
    return text.startsWith('\uFEFF') ? text.slice(1) : text
  }
  try {
    // Decoded as a whole, windows-1252 would be read as latin1 by some versions of Node.
    const decoder = new TextDecoder(charset, { fatal: true })
    return decoder.decode(bytes, { stream: true }) + decoder.decode()
  } catch {
    return null
  }
}

function charsetOfMark(bytes: Buffer): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8'
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : null
}

/** Null where it names none that we know. */
function charsetOf(contentType: string): string | null {
  const label = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType)?.[1]
  if (label === undefined) return null
  try {
    return new TextDecoder(label).encoding
  } catch {
    return null
  }
}

/** JSON begins with an ASCII character, whose other byte is zero in UTF-16. */
function charsetOfFirst(bytes: Buffer): string {
  if (bytes.length < 2 || (bytes[0] === 0) === (bytes[1] === 0)) return 'utf-8'
  return bytes[0] === 0 ? 'utf-16be' : 'utf-16le'
}
