import {
  type AskedRow,
  type ColumnsReading,
  displayRelation,
  type EdgeFacts,
  type ModelStep,
  type PublishAction,
  quoteRelation,
  type StepFacts,
  StrataError,
} from '@strata/core'
import { greatestBelievable, kindOf, neverSelected } from './change-columns.ts'

/**
 * Fixes how far change columns are read before anything is read by them: the greatest believable value of each, of rows
 * that are there, never of a clock (R3, R14). What is done then gets the facts with these bounds. Throws `WATERMARK_COLUMN`.
 */
export function reachColumns(
  step: ModelStep,
  facts: StepFacts,
  /** The whole relation is built: the rows that no increment will ever select are counted. */
  whole: boolean,
  proceed: (facts: StepFacts) => readonly PublishAction[],
): readonly PublishAction[] {
  const edges = facts.edges.flatMap((edge) => (edge.by?.kind === 'columns' ? [{ edge, by: edge.by }] : []))
  if (edges.length === 0 || edges.some(({ edge }) => edge.sourceOid === null)) return proceed(facts)
  for (const { edge, by } of edges) checkColumns(step, edge, by)
  const wanted = edges.flatMap(({ edge, by }, place) => {
    const from = quoteRelation(edge.relation)
    return [
      ...by.columns.map(
        (column, index) => `${greatestBelievable(column, by.declared, from)} as ${boundName(place, index)}`,
      ),
      ...(whole ? [`${neverSelected(by, from)} as ${countName(place)}`] : []),
    ]
  })
  return [
    {
      kind: 'ask',
      sql: `select ${wanted.join(',\n')}`,
      proceed: ([answer = {}]) => {
        const reached = new Map(
          edges.map(({ edge, by }, place) => [edge.parent, reachedBy(by, answer, place)] as const),
        )
        const remarks = edges.flatMap(({ edge, by }, place) =>
          remarkOn(edge, by, Number(answer[countName(place)] ?? 0)),
        )
        const bounded = facts.edges.map((edge) => withBounds(edge, reached.get(edge.parent)))
        return {
          actions: proceed({ ...facts, edges: bounded }),
          reached: Object.fromEntries(reached),
          ...(remarks.length === 0 ? {} : { remark: remarks.join('; ') }),
        }
      },
    },
  ]
}

type Values = { readonly [column: string]: string | null }

function boundName(edge: number, column: number): string {
  return `bound_${edge}_${column}`
}

function countName(edge: number): string {
  return `never_${edge}`
}

function reachedBy(by: ColumnsReading, answer: AskedRow, place: number): Values {
  return Object.fromEntries(
    by.columns.map(({ name }, index) => {
      const bound = answer[boundName(place, index)] ?? null
      return [name, bound === null ? null : String(bound)]
    }),
  )
}

function withBounds(edge: EdgeFacts, values: Values | undefined): EdgeFacts {
  if (edge.by?.kind !== 'columns' || values === undefined) return edge
  const columns = edge.by.columns.map((column) => ({ ...column, to: values[column.name] ?? null }))
  return { ...edge, by: { ...edge.by, columns } }
}

function remarkOn(edge: EdgeFacts, { declared }: ColumnsReading, rows: number): string[] {
  if (rows === 0) return []
  const columns = declared.columns.join(` ${declared.logic} `)
  const those = rows === 1 ? '1 row' : `${rows} rows`
  return [
    `${those} of ${displayRelation(edge.relation)} without a believable ${columns}, which only a full build reads`,
  ]
}

function checkColumns(step: ModelStep, edge: EdgeFacts, { columns, declared }: ColumnsReading): void {
  const parent = displayRelation(edge.relation)
  for (const column of columns) {
    const kind = kindOf(column)
    if (column.type === null)
      throw wrong(
        step,
        `${parent} has no column ${column.name}, which its watermark names`,
        'Correct the columns of the watermark where the parent is declared.',
      )
    if (kind === null)
      throw wrong(
        step,
        `${parent}.${column.name} is of type ${column.type}, which no watermark can be taken of`,
        'Name columns that are timestamps, dates, whole numbers, or texts in ISO form (2024-01-31T08:00:00).',
      )
    const { lookback, min, max } = declared
    const unfit = [min, max].find((bound) => bound !== null && !fits(bound, kind))
    if (unfit !== undefined)
      throw wrong(
        step,
        `the bound ${JSON.stringify(unfit)} does not fit ${parent}.${column.name}, which is of type ${column.type}`,
        kind === 'number'
          ? 'Write a whole number.'
          : 'Write a date such as "2000-01-31", with a time if need be.',
      )
    if (lookback !== null && /^\d+$/.test(lookback) !== (kind === 'number'))
      throw wrong(
        step,
        `the lookback ${JSON.stringify(lookback)} does not fit ${parent}.${column.name}, which is of type ${column.type}`,
        kind === 'number' ? 'Write a whole number.' : 'Write a time, such as "1 day".',
      )
  }
}

function fits(bound: string, kind: 'time' | 'number' | 'text'): boolean {
  return kind === 'number' ? /^-?\d+$/.test(bound) : /^\d{4}-\d{2}-\d{2}/.test(bound)
}

function wrong(step: ModelStep, message: string, hint: string): StrataError {
  return new StrataError({ code: 'WATERMARK_COLUMN', message: `${step.name}: ${message}`, hint })
}
