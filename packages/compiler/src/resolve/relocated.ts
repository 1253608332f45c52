import type { Diagnostic, Location } from '@strata/core'

/**
 * A complaint about a text that was taken from a place in a YAML file, or made for it: places in that text become this place.
 * What went wrong inside of a macro stays there, and says what led to it.
 */
export function relocated(complaint: Diagnostic, location: Location): Diagnostic {
  const related = (complaint.related ?? []).filter((one) => one.location.file !== location.file)
  if (complaint.location.file === location.file) {
    const { related: _replaced, ...rest } = complaint
    return related.length === 0 ? { ...rest, location } : { ...rest, location, related }
  }
  return { ...complaint, related: [...related, { message: 'called for this', location }] }
}
