import type { BatchSettings, BatchSize, Json } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import { asStrings, type Config } from './merge-config.ts'

type Complain = (option: string, code: string, message: string, hint: string) => void

const sizes: readonly string[] = ['hour', 'day', 'month', 'year']

export function isMicrobatch(config: Config): boolean {
  return config['materialized'] === 'incremental' && config['incremental_strategy'] === 'microbatch'
}

/** The column that `event_time` names, as Postgres reads it: folded unless it stands in quotes; null: it names none. */
export function eventTimeOf(config: Config): string | null {
  const written = config['event_time']
  if (typeof written !== 'string' || written.trim() === '') return null
  const name = written.trim()
  if (/^"(?:[^"]|"")+"$/.test(name)) return name.slice(1, -1).replaceAll('""', '"')
  return plainName.test(name) ? name.toLowerCase() : name
}

const plainName = /^[\p{L}_][\p{L}\p{N}_$]*$/u

/** Complains of what a model that is built in batches lacks, or what makes no sense. */
export function checkMicrobatch(config: Config, complain: Complain, warn: Complain): void {
  const missing = (option: string, hint: string) =>
    complain(missingAt(config), 'INCOMPLETE_MICROBATCH', `the strategy "microbatch" needs ${option}`, hint)

  const eventTime = eventTimeOf(config)
  if (eventTime === null) {
    missing('event_time', "Name the column of this model that says when a row happened: event_time='…'.")
  } else if (!isColumn(config['event_time'])) {
    complain(
      'event_time',
      'BAD_VALUE',
      `event_time is ${JSON.stringify(config['event_time'])}, which is no name of a column`,
      'Yield the time as a column of its own, and name that one.',
    )
  }
  const size = config['batch_size']
  if (size === undefined || size === null)
    missing('batch_size', "Say batch_size='hour', 'day', 'month' or 'year'.")
  else if (!isSize(size)) {
    complain(
      'batch_size',
      'BAD_VALUE',
      `batch_size is ${JSON.stringify(size)}`,
      (typeof size === 'string' ? didYouMean(size, sizes) : null) ?? 'It is hour, day, month or year.',
    )
  }
  const begin = config['begin']
  if (begin === undefined || begin === null)
    missing('begin', "Say from when on there are rows: begin='2024-01-01'.")
  else if (parseMoment(begin) === null) {
    complain(
      'begin',
      'BAD_VALUE',
      `begin is ${JSON.stringify(begin)}, which is no date or time`,
      'Write it as 2024-01-01, or as 2024-01-01T06:00:00; without an offset it is UTC.',
    )
  }
  if (lookbackOf(config) === null) {
    complain(
      'lookback',
      'BAD_VALUE',
      `lookback is ${JSON.stringify(config['lookback'])}`,
      'It is the number of batches before the current one that are done again: 0, 1, 2, …',
    )
  }
  for (const option of ['incremental_predicates', 'predicates']) {
    if (asStrings(config[option]).length === 0) continue
    warn(
      option,
      'USELESS_OPTION',
      `${option} does nothing with the strategy "microbatch"`,
      'A batch is brought to what the SELECT yields for it; put the condition there, or leave it out.',
    )
  }
}

/** Null where the configuration is not that of a model in batches, or is wrong. */
export function batchSettings(config: Config): BatchSettings | null {
  if (!isMicrobatch(config)) return null
  const eventTime = eventTimeOf(config)
  const begin = parseMoment(config['begin'])
  const size = config['batch_size']
  const lookback = lookbackOf(config)
  if (eventTime === null || begin === null || lookback === null || !isSize(size)) return null
  // Without a key they would be there once more each time that their batch is done again.
  const keepsOutside = config['outside_of_batch'] === 'keep' && asStrings(config['uniqueKey']).length > 0
  return { eventTime, begin, size, lookback, ...(keepsOutside ? { keepsOutside } : {}) }
}

/**
 * An ISO 8601 date or time as one in UTC: `2024-01-31T00:00:00.000Z`. Without an offset it is UTC. Null: it is none.
 */
export function parseMoment(written: unknown): string | null {
  if (typeof written !== 'string') return null
  const found =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|[+-]\d\d(?::?\d\d)?)?)?$/i.exec(
      written.trim(),
    )
  if (found === null) return null
  const [, date, time = '00:00', offset = 'Z'] = found
  const zone = /^[+-]\d\d$/.test(offset) ? `${offset}:00` : offset.replace(/^(...)(\d\d)$/, '$1:$2')
  const moment = new Date(`${date}T${time}${zone.toUpperCase()}`)
  if (Number.isNaN(moment.getTime())) return null
  // A day that the month has not would be taken for one of the next.
  return new Date(`${date}T00:00Z`).toISOString().startsWith(date!) ? moment.toISOString() : null
}

function isSize(size: Json | undefined): size is BatchSize {
  return typeof size === 'string' && sizes.includes(size)
}

function isColumn(written: Json | undefined): boolean {
  return (
    typeof written === 'string' && (plainName.test(written.trim()) || /^"(?:[^"]|"")+"$/.test(written.trim()))
  )
}

function lookbackOf(config: Config): number | null {
  const written = config['lookback'] ?? 1
  const lookback = typeof written === 'string' && /^\d+$/.test(written) ? Number(written) : written
  return typeof lookback === 'number' && Number.isSafeInteger(lookback) && lookback >= 0 ? lookback : null
}

/** What is missing has no place of its own. */
function missingAt(config: Config): string {
  return config['incremental_strategy'] === undefined ? 'materialized' : 'incremental_strategy'
}
