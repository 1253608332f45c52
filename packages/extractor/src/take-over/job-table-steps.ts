import { type Database, deriveName, quoteIdentifier, quoteRelation } from '@strata/core'
import { jobTables } from '../landing/job-tables.ts'
import { localTimeSteps } from './local-times.ts'
import { columnSteps, droppingSteps, hasIndex, relaxingSteps, sequenceSteps } from './shape-steps.ts'
import { alteration, outside, type Step } from './step.ts'
import { columnOf, type TableFacts } from './table-facts.ts'
import { jobTableColumns } from './wanted-columns.ts'

/** What is to be done with the columns and keys of an instance, job or run table; to be made where there is none. */
export async function jobTableSteps(
  database: Database,
  landingSchema: string,
  name: string,
  facts: TableFacts | undefined,
  timeZone: string,
): Promise<readonly Step[]> {
  if (facts === undefined) {
    const definition = jobTables(landingSchema).find((table) => table.name === name)
    return [alteration(`make ${name}`, definition?.statements ?? [])]
  }
  const wanted = jobTableColumns[name] ?? []
  const id = name === 'dw_etl_runs' ? 'run_id' : 'id'
  return [
    ...columnSteps(facts, wanted),
    ...relaxingSteps(facts, wanted),
    ...(name === 'dw_etl_jobs' ? droppingSteps(facts, oldJobKeys(facts)) : []),
    ...(name === 'dw_api_credentials' && columnOf(facts, id)?.identity !== 'a'
      ? []
      : await sequenceSteps(database, facts, id, { owned: true })),
    ...(isKey(facts, id)
      ? []
      : [
          alteration(`make ${id} unique`, [
            `create unique index on ${quoteRelation(facts.relation)} (${quoteIdentifier(id)})`,
          ]),
        ]),
    ...localTimeSteps(facts, wanted, timeZone),
    ...(name === 'dw_etl_runs' ? runIndexSteps(facts) : []),
  ]
}

/** The unique index that lets a job have a row an instance. After the rows are so. */
export function jobKeySteps(facts: TableFacts | undefined): readonly Step[] {
  if (facts === undefined) return []
  const key = ['name', 'source_instance_id']
  if (hasIndex(facts, key, { unique: true }) || hasIndex(facts, [...key].reverse(), { unique: true }))
    return []
  const name = deriveName(facts.relation.name, '_name_instance')
  return [
    outside('make the unique index (name, source_instance_id)', [
      `drop index concurrently if exists ${quoteRelation({ schema: facts.relation.schema, name })}`,
      `create unique index concurrently ${quoteIdentifier(name)} on ${quoteRelation(facts.relation)} (name, source_instance_id)`,
    ]),
  ]
}

export function isKey(facts: TableFacts, id: string): boolean {
  return hasIndex(facts, [id], { unique: true })
}

function oldJobKeys(facts: TableFacts) {
  const described = new Set(['name', 'source_endpoint', 'target_table', 'lower(name::text)'])
  return facts.indexes.filter(
    ({ unique, primary, columns }) => unique && !primary && columns.every((column) => described.has(column)),
  )
}

function runIndexSteps(facts: TableFacts): readonly Step[] {
  const table = quoteRelation(facts.relation)
  return [['job_id', 'started_at'], ['started_at']]
    .filter((columns) => columnOf(facts, columns[0]!) === undefined || !hasIndex(facts, columns))
    .map((columns) => {
      const name = deriveName(facts.relation.name, `_${columns.join('_')}`)
      return outside(`make the index (${columns.join(', ')})`, [
        `drop index concurrently if exists ${quoteRelation({ schema: facts.relation.schema, name })}`,
        `create index concurrently ${quoteIdentifier(name)} on ${table} (${columns.join(', ')})`,
      ])
    })
}
