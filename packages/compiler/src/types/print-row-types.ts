import { displayRelation, type RelationName } from '@strata/core'
import { interfaceNames, propertyName } from './interface-names.ts'
import { type NamedTypes, valueType } from './value-type.ts'

/** A relation whose rows get a type. */
export interface RowType {
  readonly relation: RelationName
  readonly description: string
  readonly columns: readonly RowColumn[]
}

export interface RowColumn {
  readonly name: string
  /** As `format_type` prints it; null: not known. */
  readonly type: string | null
  readonly notNull: boolean
  readonly description: string
}

/** `kysely`: with a `Database` of all relations, by their names in SQL. */
export type RowTypesFor = 'pg' | 'kysely'

/** A TypeScript file without imports. */
export function printRowTypes(rows: readonly RowType[], named: NamedTypes, use: RowTypesFor): string {
  const names = interfaceNames(rows.map(({ relation }) => relation))
  const body = rows.map((row, index) => printInterface(names[index]!, row, named)).join('\n')
  const helpers = helperTypes.filter(({ name }) => new RegExp(`\\b${name}\\b`).test(body))
  const database =
    use === 'kysely'
      ? `\n/** For \`new Kysely<Database>(…)\`. */\nexport interface Database {\n${rows
          .map(
            ({ relation: { schema, name } }, index) =>
              `  ${JSON.stringify(`${schema}.${name}`)}: ${names[index]!}\n`,
          )
          .join('')}}\n`
      : ''
  const parts = [header, ...helpers.map(({ text }) => text), body === '' ? 'export {}\n' : body]
  return `${parts.join('\n')}${database}`
}

const header = '// Written by `models types`: change the models, not this file.\n'

const helperTypes = [
  {
    name: 'JsonValue',
    text: `/** What json and jsonb hold. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue }
`,
  },
  {
    name: 'PostgresInterval',
    text: `/** An interval; parts that are zero are missing. */
export interface PostgresInterval {
  years?: number
  months?: number
  days?: number
  hours?: number
  minutes?: number
  seconds?: number
  milliseconds?: number
  toPostgres(): string
  toISO(): string
}
`,
  },
]

function printInterface(
  name: string,
  { relation, description, columns }: RowType,
  named: NamedTypes,
): string {
  const lines = columns.map((column) => {
    const type = valueType(column.type, named)
    const isNullable = !column.notNull && type !== 'unknown' && type !== 'JsonValue'
    const comment = column.description.trim() === '' ? '' : docComment([column.description], '  ')
    return `${comment}  ${propertyName(column.name)}: ${isNullable ? `${type} | null` : type}\n`
  })
  return `${docComment([displayRelation(relation), description], '')}export interface ${name} {\n${lines.join('')}}\n`
}

function docComment(paragraphs: readonly string[], indent: string): string {
  const lines = paragraphs
    .flatMap((paragraph, index) => [
      ...(index > 0 && paragraph.trim() !== '' ? [''] : []),
      ...textLines(paragraph),
    ])
    .map((line) => line.replaceAll('*/', '*\\/'))
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`
  return `${indent}/**\n${lines.map((line) => `${indent} *${line === '' ? '' : ` ${line}`}\n`).join('')}${indent} */\n`
}

function textLines(text: string): readonly string[] {
  const trimmed = text.trim()
  return trimmed === '' ? [] : trimmed.split(/\r\n|[\n\r\u2028\u2029]/).map((line) => line.trimEnd())
}
