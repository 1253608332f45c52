/** Stands where a character was that jsonb cannot hold. Private-use characters, so that no real text holds it. */
export const unstorableMark = '\uE000strata-unstorable\uE000'

/**
 * The JSON text with `unstorableMark` in the place of every escape that JSON allows and jsonb refuses: NUL and lone
 * surrogates. With it a page can be landed and the records that hold the mark set aside.
 */
export function markUnstorable(json: string): string {
  return json.replace(escapes, (whole, code: string | undefined) =>
    code !== undefined && isUnstorable(Number.parseInt(code, 16)) ? unstorableMark : whole,
  )
}

// Escapes are taken one after the other from the left, so that `\\u0000` (a backslash, then text) is left alone;
// the first branch keeps surrogate pairs together.
const escapes = /\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u([0-9a-fA-F]{4})|.)/gs

function isUnstorable(code: number): boolean {
  return code === 0 || (code >= 0xd800 && code <= 0xdfff)
}
