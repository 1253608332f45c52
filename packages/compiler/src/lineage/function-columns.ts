import type { Fate } from './use.ts'

/** What a function yields in FROM. */
export interface FunctionColumns {
  readonly columns: readonly FunctionColumn[]
  /** It yields values and not rows: its one column is called as its alias, where the function does not name it. */
  readonly scalar: boolean
}

export interface FunctionColumn {
  /** Null: as the alias or the function. */
  readonly name: string | null
  /** What of the first argument it is; absent: something computed of all arguments. */
  readonly path?: readonly string[]
  readonly fate: Fate
}

const element: FunctionColumns = { columns: [{ name: 'value', path: ['[]'], fate: 'kept' }], scalar: true }
const pairs: FunctionColumns = {
  columns: [
    { name: 'key', path: ['[]'], fate: 'computed' },
    { name: 'value', path: ['[]'], fate: 'kept' },
  ],
  scalar: false,
}
const keys: FunctionColumns = { columns: [{ name: null, path: ['[]'], fate: 'computed' }], scalar: true }
/** One value, computed of all arguments. */
export const plainValue: FunctionColumns = { columns: [{ name: null, fate: 'computed' }], scalar: true }

/** Functions of PostgreSQL (to 18) that people write in FROM. */
const known = new Map<string, FunctionColumns>([
  ['json_array_elements', element],
  ['json_array_elements_text', element],
  ['jsonb_array_elements', element],
  ['jsonb_array_elements_text', element],
  ['json_each', pairs],
  ['json_each_text', pairs],
  ['jsonb_each', pairs],
  ['jsonb_each_text', pairs],
  ['json_object_keys', keys],
  ['jsonb_object_keys', keys],
  ...'generate_series generate_subscripts jsonb_path_query jsonb_path_query_tz pg_ls_dir regexp_matches regexp_split_to_table string_to_table now'
    .split(' ')
    .map((name) => [name, plainValue] as const),
  rows('_pg_expandarray', 'x n'),
  rows('aclexplode', 'grantor grantee privilege_type is_grantable'),
  rows('pg_options_to_table', 'option_name option_value'),
  rows('ts_debug', 'alias description token dictionaries dictionary lexemes'),
  rows('ts_parse', 'tokid token'),
  rows('ts_stat', 'word ndoc nentry'),
  rows('ts_token_type', 'tokid alias description'),
])

/** Null where it is not known what a function yields. */
export function functionColumns(name: string): FunctionColumns | null {
  return known.get(name) ?? null
}

function rows(name: string, columns: string): readonly [string, FunctionColumns] {
  return [
    name,
    { columns: columns.split(' ').map((one) => ({ name: one, fate: 'computed' as const })), scalar: false },
  ]
}
