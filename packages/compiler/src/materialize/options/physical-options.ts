import { createHash } from 'node:crypto'
import {
  type Concern,
  deriveName,
  type IndexFacts,
  type Json,
  quoteIdentifier,
  type RelationName,
} from '@strata/core'
import { changeColumn } from '../build/change-column.ts'

/** An index that the model's table is to have. */
export interface WantedIndex {
  readonly name: string
  /** `unique index`, `index` */
  readonly what: string
  /** What stands behind the table's name. */
  readonly body: string
  /** What an error of it is about. */
  readonly about: Concern
  /** The comment that says that Strata made it, where its name does not. */
  readonly mark: string | null
}

const hints = {
  unique_key: 'It names columns that the SELECT yields, and one row of it has each key.',
  indexes: 'Its columns are those that the SELECT yields; what is not a plain name is read as SQL.',
  grants:
    'It lists roles of the database by privilege: {select: [reader]}. Create a role first, or leave it out.',
  fillfactor: 'It is a percentage from 10 to 100.',
  unlogged: 'An unlogged table cannot be published or referred to by one that is logged.',
} as const

/** What a statement is about that carries out an option. */
export function concern(option: keyof typeof hints): Concern {
  return { what: `its option ${option}`, hint: hints[option] }
}

/** How a comment begins which says that Strata made what it is on. */
export const markStart = 'made by Strata: '

/** What decides which indexes a table needs for itself. */
export interface IndexedShape {
  readonly key: readonly string[]
  readonly tracksChanges: boolean
  /** One that its kind of relation needs beside. */
  readonly guard?: WantedIndex | null
}

/** The indexes that a relation needs, and those that its configuration asks for. */
export function wantedIndexes(
  relation: RelationName,
  shape: IndexedShape,
  declared: Json | undefined,
): readonly WantedIndex[] {
  const wanted: WantedIndex[] = []
  const add = (suffix: string, what: string, body: string, about: Concern) =>
    wanted.push({ name: deriveName(relation.name, `__strata_${suffix}`), what, body, about, mark: null })
  if (shape.key.length > 0) {
    const columns = shape.key.map(quoteIdentifier).join(', ')
    add('key', 'unique index', `(${columns}) nulls not distinct`, concern('unique_key'))
  }
  if (shape.tracksChanges)
    add('changed', 'index', `(${quoteIdentifier(changeColumn)})`, concern('unique_key'))
  if (shape.guard) wanted.push(shape.guard)
  for (const index of asList(declared)) {
    const found = declaredIndex(relation, index)
    if (found !== null && !wanted.some(({ name }) => name === found.name)) wanted.push(found)
  }
  return wanted
}

/** Its derived name is that of its definition: another definition is another index. */
function declaredIndex(relation: RelationName, written: Json): WantedIndex | null {
  if (typeof written !== 'object' || written === null || Array.isArray(written)) return null
  const index = written as { readonly [option: string]: Json }
  const columns = asTexts(index['columns'])
  if (columns.length === 0) return null
  const include = asTexts(index['include'])
  const type = index['type']
  const where = index['where']
  const what = index['unique'] === true ? 'unique index' : 'index'
  const body = [
    ...(typeof type === 'string' ? [`using ${quoteIdentifier(type)}`] : []),
    `(${columns.map(asColumn).join(', ')})`,
    ...(include.length === 0 ? [] : [`include (${include.map(asColumn).join(', ')})`]),
    ...(typeof where === 'string' ? [`where ${where}`] : []),
  ].join(' ')
  const hash = createHash('md5').update(`${what} ${body}`).digest('hex').slice(0, 10)
  const name = index['name']
  if (typeof name === 'string')
    return { name, what, body, about: concern('indexes'), mark: `${markStart}${hash}` }
  return {
    name: deriveName(relation.name, `__strata_${hash}`),
    what,
    body,
    about: concern('indexes'),
    mark: null,
  }
}

/** Whether Strata made an index, and may therefore drop it: its name says so, or its comment. */
export function isOurs(index: IndexFacts): boolean {
  return index.name.includes('__strata_') || index.comment?.startsWith(markStart) === true
}

/** Storage parameters, each as `name=value`: those that are there, and over them the configuration's. */
export function storageOptions(
  step: { readonly config: { readonly [option: string]: Json } },
  present: readonly string[],
): readonly string[] {
  const fillfactor = step.config['fillfactor']
  if (typeof fillfactor !== 'number') return present
  return [...present.filter((option) => !option.startsWith('fillfactor=')), `fillfactor=${fillfactor}`]
}

/** A name as Postgres writes it where it needs no quotes is quoted, so that `order` can be one; all else is SQL. */
function asColumn(written: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(written) ? quoteIdentifier(written) : written
}

export function asTexts(value: Json | undefined): readonly string[] {
  return asList(value).filter((one) => typeof one === 'string')
}

function asList(value: Json | undefined): readonly Json[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}
