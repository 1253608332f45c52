import type { Database, Job } from '@strata/core'
import { deriveName, isKeyedById, quoteIdentifier, quoteRelation, type RelationName } from '@strata/core'
import { localTimeSteps } from './local-times.ts'
import { fillRows, moveDuplicates, moveKeyless } from './row-steps.ts'
import { columnSteps, droppingSteps, hasIndex, relaxingSteps, sequenceSteps } from './shape-steps.ts'
import { alteration, outside, type Step, type StepPlace } from './step.ts'
import { recordIndex, type TableSurvey } from './survey-table.ts'
import { columnOf, type IndexFacts, type TableFacts } from './table-facts.ts'
import { stagingColumns } from './wanted-columns.ts'

/** What is to be done with a bronze table, in order. Empty when it is as a new one would be. */
export async function tableSteps(
  database: Database,
  job: Job,
  facts: TableFacts,
  survey: TableSurvey,
  options: { readonly credentials: RelationName; readonly timeZone: string },
): Promise<readonly Step[]> {
  const wanted = stagingColumns(job)
  const sum = (count: 'stale' | 'withoutKey') => survey.groups.reduce((all, group) => all + group[count], 0)
  const [stale, withoutKey] = [sum('stale'), sum('withoutKey')]
  const old = oldKeys(job, facts)
  const kept = { ...facts, indexes: facts.indexes.filter((index) => !old.includes(index)) }
  const rows: Step[] = []
  if (stale > 0)
    rows.push({
      what: 'write instance, source_id, times, key and hash into the rows',
      rows: stale,
      run: (place) => fillRows(place, job, survey.evidence),
    })
  if (withoutKey > 0)
    rows.push({
      what: 'move records without a key to strata.dead_letters',
      rows: withoutKey,
      run: (place) => moveKeyless(place, job),
    })
  if (survey.duplicates > 0)
    rows.push({
      what: 'keep all but the newest of each record aside, in strata.taken_over_rows',
      rows: survey.duplicates,
      run: (place) => moveDuplicates(place, job),
    })
  const steps = [
    ...columnSteps(facts, wanted),
    ...relaxingSteps(facts, wanted),
    ...droppingSteps(facts, old),
    ...(await sequenceSteps(database, facts, 'id', { owned: false })),
    ...localTimeSteps(facts, wanted, options.timeZone),
    ...defaultSteps(facts),
    ...rows,
    ...uniqueSteps(job, facts),
    ...notNullSteps(job, facts),
    ...referenceSteps(job, facts, options.credentials),
    ...indexSteps(job, kept),
  ]
  return rows.length === 0
    ? steps
    : [...steps, outside('gather statistics', [`analyze ${quoteRelation(job.target)}`])]
}

/** Unique keys that two records of one instance, or one record of two instances, could not share. */
function oldKeys(job: Job, facts: TableFacts): readonly IndexFacts[] {
  const record = recordIndex(job)
  const parts = new Set(['source_id', 'source_instance_id', "(data ->> 'id'::text)"])
  return facts.indexes.filter(
    ({ unique, primary, columns }) =>
      unique &&
      !primary &&
      columns.every((column) => parts.has(column)) &&
      !record.every((column) => columns.includes(column)),
  )
}

function defaultSteps(facts: TableFacts): readonly Step[] {
  const without = ['loaded_at', 'created_at', 'updated_at'].filter(
    (name) => columnOf(facts, name)?.hasDefault === false,
  )
  if (without.length === 0) return []
  const actions = without.map((name) => `alter column ${quoteIdentifier(name)} set default now()`)
  return [
    alteration(`let ${without.join(', ')} default to now()`, [
      `alter table ${quoteRelation(facts.relation)} ${actions.join(', ')}`,
    ]),
  ]
}

function uniqueSteps(job: Job, facts: TableFacts): readonly Step[] {
  if (hasIndex(facts, recordIndex(job), { unique: true })) return []
  const key = isKeyedById(job) ? "(data->>'id')" : 'record_key'
  const name = indexName(job, '_record')
  const make = outside('', [
    `drop index concurrently if exists ${quoteRelation({ schema: job.target.schema, name })}`,
    `create unique index concurrently ${quoteIdentifier(name)} on ${quoteRelation(job.target)} (source_instance_id, ${key})`,
  ])
  return [
    {
      what: `make the unique index (source_instance_id, ${key})`,
      rows: null,
      run: (place) => makeUnique(place, job, make),
    },
  ]
}

/** A loader that still runs may have brought a record once more. */
async function makeUnique(place: StepPlace, job: Job, make: Step): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await make.run(place)
    } catch (error) {
      if (attempt === 3 || (error as { sqlstate?: string }).sqlstate !== '23505') throw error
      await moveDuplicates(place, job)
    }
  }
}

/** By way of a validated check: SET NOT NULL alone would read the whole table under a lock that nobody gets past. */
function notNullSteps(job: Job, facts: TableFacts): readonly Step[] {
  const table = quoteRelation(job.target)
  const names = ['source_instance_id', ...(isKeyedById(job) ? [] : ['record_key'])]
  return names
    .filter((name) => columnOf(facts, name)?.notNull !== true)
    .map((name) => {
      const column = quoteIdentifier(name)
      const check = quoteIdentifier(indexName(job, `_${name}_there`))
      const steps = [
        alteration('', [
          `alter table ${table} drop constraint if exists ${check}`,
          `alter table ${table} add constraint ${check} check (${column} is not null) not valid`,
        ]),
        outside('', [`alter table ${table} validate constraint ${check}`]),
        alteration('', [
          `alter table ${table} alter column ${column} set not null`,
          `alter table ${table} drop constraint ${check}`,
        ]),
      ]
      return { ...inTurn(steps), what: `${name} not null` }
    })
}

function referenceSteps(job: Job, facts: TableFacts, credentials: RelationName): readonly Step[] {
  if (facts.references.includes('source_instance_id')) return []
  const table = quoteRelation(job.target)
  const constraint = quoteIdentifier(indexName(job, '_instance_fkey'))
  const steps = [
    alteration('', [
      `alter table ${table} drop constraint if exists ${constraint}`,
      `alter table ${table} add constraint ${constraint} foreign key (source_instance_id) references ${quoteRelation(credentials)} (id) not valid`,
    ]),
    outside('', [`alter table ${table} validate constraint ${constraint}`]),
  ]
  return [{ ...inTurn(steps), what: `source_instance_id references ${credentials.name}` }]
}

function indexSteps(job: Job, facts: TableFacts): readonly Step[] {
  const table = quoteRelation(job.target)
  const wanted = [
    { columns: ['source_id'], suffix: '_source', method: 'btree', on: '(source_id)' },
    { columns: ['changed_xid'], suffix: '_changed', method: 'btree', on: '(changed_xid)' },
    { columns: ['data'], suffix: '_data', method: 'gin', on: 'using gin (data jsonb_path_ops)' },
  ]
  return wanted
    .filter(({ columns, method }) => !hasIndex(facts, columns, { method }))
    .map(({ suffix, on }) => {
      const name = indexName(job, suffix)
      return outside(`make the index ${on.replace('using ', '')}`, [
        `drop index concurrently if exists ${quoteRelation({ schema: job.target.schema, name })}`,
        `create index concurrently ${quoteIdentifier(name)} on ${table} ${on}`,
      ])
    })
}

function inTurn(steps: readonly Step[]): Omit<Step, 'what'> {
  return {
    rows: null,
    run: async (place) => {
      for (const step of steps) await step.run(place)
      return 0
    },
  }
}

function indexName({ target }: Job, suffix: string): string {
  return deriveName(target.name, suffix)
}
