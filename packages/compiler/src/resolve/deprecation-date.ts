/**
 * `deprecation_date:` as dbt's artifacts write it: an ISO time with its zone, UTC where none is given. Undefined where nothing is
 * said, and for a text that is no time.
 */
export function deprecationDate(declared: string | null | undefined): string | undefined {
  const match =
    /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/.exec(
      declared?.trim() ?? '',
    )
  if (match === null) return undefined
  const [, year, month, day, time = '00:00', seconds = ':00', zone = 'Z'] = match
  const offset = zone === 'Z' ? '+00:00' : zone.replace(/(\d{2}):?(\d{2})$/, '$1:$2')
  return `${year}-${month!.padStart(2, '0')}-${day!.padStart(2, '0')}T${time}${seconds}${offset}`
}
