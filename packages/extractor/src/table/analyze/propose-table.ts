import type { SourceError } from '@strata/core'
import type { CatalogKey, CatalogTable, TableProfile } from './analyzed-server.ts'
import { roleOf } from './column-role.ts'
import { type JudgedColumn, judgeColumn } from './judge-column.ts'

/** What is proposed for a table of a source. Figures and dates only: no values of rows. */
export interface TableProposal {
  readonly schema: string | null
  readonly name: string
  readonly relationKind: CatalogTable['kind']
  /** What the server estimates, or what was counted; null: not known. */
  readonly rows: number | null
  /** How the rows that were looked at were chosen; null: all were. */
  readonly sample: string | null
  readonly key: CatalogKey | null
  /** Null: it has no column. */
  readonly firstColumn: string | null
  /** Change columns, the most reliable first: at most three. Empty: each load compares all rows. */
  readonly kept: readonly JudgedColumn[]
  /** Those that would do, and are not needed or cannot stand alone. */
  readonly spare: readonly JudgedColumn[]
  readonly refused: readonly JudgedColumn[]
  /** What the sweep must compare where the columns do not tell of every change. */
  readonly compare: 'keys' | 'rows'
  /** Why it cannot land as it is; null: it can. */
  readonly inactive: string | null
  /** It holds names, addresses or dates of birth, by the names of its columns. */
  readonly personal: boolean
  readonly notes: readonly string[]
  /** Why its values were not read; null: they were. */
  readonly error: SourceError | null
}

const mostColumns = 3
/** From here on it costs too much to compare all rows with each load. */
const large = 100_000
const veryLarge = 1_000_000

/** `profile` null with an error: the values could not be read; without one: there was no column to look at. */
export function proposeTable(
  table: CatalogTable,
  profile: TableProfile | null,
  error: SourceError | null,
): TableProposal {
  const { schema, name, kind, key } = table
  const judged = table.columns
    .filter((column) => roleOf(column) !== null)
    .map((column) => judgeColumn(column, profile?.columns.find((one) => one.name === column.name) ?? null))
  const inactive = reasonAgainst(table, error)
  const usable = error !== null ? [] : judged.filter(({ refused }) => refused === null)
  const rows = profile !== null && profile.sample === null ? profile.rows : table.rows
  const { kept, compare } = choose(usable, rows, profile)
  const proposal = {
    schema,
    name,
    relationKind: kind,
    rows,
    sample: profile?.sample ?? null,
    key,
    firstColumn: table.columns[0]?.name ?? null,
    kept,
    spare: usable.filter((column) => !kept.includes(column)),
    refused: judged.filter(({ refused }) => refused !== null),
    compare,
    inactive,
    personal: table.columns.some((column) => personalName.test(column.name)),
    error,
  }
  return { ...proposal, notes: notesOf(table, proposal) }
}

/**
 * Only a change time, or a stamp that grows with the key where to compare everything is dear, may stand alone; a day of business goes
 * along with it, once. What the columns can then miss, a sweep of all rows finds.
 */
function choose(
  usable: readonly JudgedColumn[],
  rows: number | null,
  profile: TableProfile | null,
): { readonly kept: readonly JudgedColumn[]; readonly compare: 'keys' | 'rows' } {
  const ranked = [...usable].sort((one, other) => other.score - one.score)
  const isEmpty = profile === null || profile.rows === 0
  const changeTimes = ranked.filter(({ role }) => role === 'edit' || role === 'version')
  const entries = ranked.filter(({ role }) => role === 'entry')
  if (changeTimes.length > 0) {
    const business = isEmpty ? [] : ranked.filter(({ role }) => role === 'business').slice(0, 1)
    return { kept: [...changeTimes, ...entries, ...business].slice(0, mostColumns), compare: 'keys' }
  }
  const grows = entries.filter((column) => column.profile?.descents === 0)
  if (grows.length > 0 && (rows ?? 0) >= large) return { kept: grows.slice(0, 1), compare: 'rows' }
  return { kept: [], compare: 'keys' }
}

const floatType = /^(float|double|real)/i

function reasonAgainst({ kind, key, columns }: CatalogTable, error: SourceError | null): string | null {
  if (error?.code === 'SOURCE_UNAUTHORIZED' || error?.code === 'SOURCE_TABLE_DENIED')
    return 'it may not be read'
  if (columns.length === 0)
    return 'its columns are not known: it may be a broken view, or one that may not be read'
  if (key === null)
    return kind === 'table'
      ? 'no primary key, and no unique index over columns that are never null: name its key'
      : `a ${kind} has no primary key: name its key`
  const float = columns.find(({ name, type }) => key.columns.includes(name) && floatType.test(type))
  return float === undefined
    ? null
    : `its key ${float.name} is a ${float.type}, which does not compare exactly`
}

const personalName =
  /^(l_?name|f_?name|last_?name|first_?name|middle(_?i|_?name)?|preferred|full_?name|patient_?name|ssn|birth.*|dob|address\d?|(e_?mail|email_?address)|(hm|wk|home|work|mobile|cell|wireless)?_?phone|medicaid_?id)$/i

function notesOf(table: CatalogTable, proposal: Omit<TableProposal, 'notes'>): readonly string[] {
  const { relationKind: kind, rows, sample, key, kept, spare, compare, error, inactive } = proposal
  const engine = table.transactional
    ? []
    : [`${table.engine}: rows that are written during a load may be missed until the next`]
  const unique = key?.of === 'unique' ? ['no primary key: the key is that of a unique index'] : []
  const values =
    error !== null
      ? [
          `its values were not read (${error.message}), so no change column is proposed: analyze it again alone`,
        ]
      : [
          ...(rows === 0 ? ['the table is empty: what is said of columns goes by their names'] : []),
          ...(sample === null ? [] : [`looked at: ${sample}`]),
          ...unproven(kept, spare, compare),
        ]
  const costs =
    kept.length > 0 || inactive !== null || error !== null
      ? []
      : [
          'without a change column each load reads all rows and compares them',
          ...((rows ?? 0) >= veryLarge ? ['that is dear here: think of refresh_after: 86400'] : []),
        ]
  return [...(kind === 'table' ? [] : [`a ${kind}`]), ...engine, ...unique, ...values, ...costs]
}

function unproven(
  kept: readonly JudgedColumn[],
  spare: readonly JudgedColumn[],
  compare: 'keys' | 'rows',
): readonly string[] {
  if (compare === 'rows')
    return [`${kept[0]?.name} tells of new rows only: changes are found by the sweep, once a day`]
  const only = kept.length > 0 ? [] : spare.filter(({ role }) => role === 'entry')
  return only.length === 0 ? [] : [`${only.map(({ name }) => name).join(', ')} tells of new rows only`]
}
