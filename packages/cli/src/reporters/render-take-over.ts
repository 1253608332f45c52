import type { TableReport } from '@strata/extractor'
import { formatCount, plural } from './format.ts'
import { indented } from './render-hint.ts'

type Named = { readonly id: number; readonly name: string }

/** What is to be done, table by table. `width`: columns of the terminal; null: a pipe. */
export function renderTakeOver(
  tables: readonly TableReport[],
  instances: readonly Named[],
  width: number | null,
): string {
  return tables
    .map((table) =>
      [
        renderTakenTable(table, instances),
        ...(table.steps.length === 0 ? ['  is as it should be'] : []),
        ...table.steps.flatMap(({ what, rows }) =>
          indented(`${what}${rows === null ? '' : `: ${plural(rows, 'row')}`}`, width),
        ),
      ].join('\n'),
    )
    .join('\n')
}

/** The table, and how many of its rows belong to which instance by what. */
export function renderTakenTable({ table, groups }: TableReport, instances: readonly Named[]): string {
  if (groups.length === 0) return table
  const names = new Map(instances.map(({ id, name }) => [id, `${name} (${id})`]))
  const lines = groups.map(({ instance, origin, rows }) =>
    instance === null
      ? `  ${formatCount(rows)} do not say their instance`
      : `  ${formatCount(rows)} of ${names.get(instance) ?? `instance ${instance}`}, ${origins[origin]}`,
  )
  const total = groups.reduce((sum, { rows }) => sum + rows, 0)
  return [`${table}: ${plural(total, 'row')}`, ...lines].join('\n')
}

const origins = {
  given: 'as they say themselves',
  run: 'by the run that brought them',
  job: 'by their job',
  table: 'for no other instance lands in this table',
  told: 'as told',
  unknown: '',
} as const
