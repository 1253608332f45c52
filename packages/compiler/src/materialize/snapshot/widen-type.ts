/**
 * The type that a column of a history gets so that it can hold what its SELECT yields now, as `format_type` prints types;
 * null: it stays as it is. Only into what holds each value that is there unchanged.
 */
export function widenType(had: string, gets: string): string | null {
  if (had === gets) return null
  return widerText(had, gets) ?? widerNumber(had, gets)
}

function widerText(had: string, gets: string): string | null {
  const [room, wanted] = [roomOf(had), roomOf(gets)]
  if (room === null || wanted === null || wanted <= room) return null
  if (gets === 'text') return 'text'
  return wanted === Number.POSITIVE_INFINITY ? 'character varying' : `character varying(${wanted})`
}

/** How many characters fit; null: it is no type of texts. */
function roomOf(type: string): number | null {
  if (type === 'text' || type === 'character varying') return Number.POSITIVE_INFINITY
  const found = /^character(?: varying)?\((\d+)\)$/.exec(type)
  return found === null ? null : Number(found[1])
}

const integers = ['smallint', 'integer', 'bigint']

function widerNumber(had: string, gets: string): string | null {
  const [rank, wanted] = [integers.indexOf(had), integers.indexOf(gets)]
  if (rank >= 0 && wanted > rank) return gets
  if (had === 'real' && gets === 'double precision') return gets
  const yields = numeric(gets)
  if (yields === null) return null
  if (rank >= 0) return 'numeric'
  const has = numeric(had)
  if (has === null || has.whole === Number.POSITIVE_INFINITY) return null
  if (yields.whole === Number.POSITIVE_INFINITY) return 'numeric'
  const whole = Math.max(has.whole, yields.whole)
  const scale = Math.max(has.scale, yields.scale)
  return whole === has.whole && scale === has.scale ? null : `numeric(${whole + scale},${scale})`
}

/** Digits before and behind the point. */
function numeric(type: string): { readonly whole: number; readonly scale: number } | null {
  if (type === 'numeric') return { whole: Number.POSITIVE_INFINITY, scale: Number.POSITIVE_INFINITY }
  const found = /^numeric\((\d+),(\d+)\)$/.exec(type)
  if (found === null) return null
  const [precision, scale] = [Number(found[1]), Number(found[2])]
  return { whole: precision - scale, scale }
}
