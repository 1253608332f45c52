import {
  ConfigurationError,
  type Database,
  type Job,
  quoteLiteral,
  quoteRelation,
  type RelationName,
} from '@strata/core'
import { instanceSteps, type JobRowsPlace, jobRowSteps, stuckRunSteps } from './job-rows.ts'
import { isKey, jobKeySteps, jobTableSteps } from './job-table-steps.ts'
import { localColumns, readOwnTimeZone } from './local-times.ts'
import type { Step } from './step.ts'
import { type JobTables, surveyTable, type TableSurvey } from './survey-table.ts'
import { columnOf, readTableFacts, type TableFacts } from './table-facts.ts'
import { tableSteps } from './table-steps.ts'
import type { StepReport, TableReport, TakeOverOptions, TakeOverReport } from './take-over-options.ts'
import { jobTableColumns, shapeProblems, stagingColumns } from './wanted-columns.ts'

/** A table and what is to be done with it. */
export interface Work {
  readonly report: TableReport
  readonly steps: readonly Step[]
}

export interface Findings {
  readonly report: TakeOverReport
  readonly work: readonly Work[]
  readonly timeZone: string
  readonly hasLocalTimes: boolean
}

/** Looks at the tables of an installation and changes nothing. Throws `ConfigurationError` (`NOTHING_TO_TAKE_OVER`, `MIXED_SIMULATED`). */
export async function surveyInstallation(options: TakeOverOptions): Promise<Findings> {
  const { database, landingSchema, jobs, source } = options
  await refuseSimulated(database)
  const timeZone = await readOwnTimeZone(database)
  const jobTables = Object.keys(jobTableColumns).map((name) => ({ schema: landingSchema, name }))
  const byTarget = new Map(jobs.map((job) => [quoteRelation(job.target), job]))
  const facts = await readTableFacts(database, [
    ...jobTables,
    ...[...byTarget.values()].map(({ target }) => target),
  ])
  if (facts.length === 0) throw nothingThere(options)
  const factsOf = (relation: RelationName) =>
    facts.find((known) => quoteRelation(known.relation) === quoteRelation(relation))

  const problems = [
    ...jobTables.flatMap((table) => {
      const known = factsOf(table)
      return known === undefined ? [] : shapeProblems(known, jobTableColumns[table.name] ?? [])
    }),
    ...[...byTarget.values()].flatMap((job) => {
      const known = factsOf(job.target)
      if (known === undefined) return []
      if (known.kind === 'p') return [`${display(job.target)} is partitioned`]
      const wrong = shapeProblems(known, stagingColumns(job))
      return wrong.length > 0 || isKey(known, 'id')
        ? wrong
        : [`${display(job.target)} has no unique index on id`]
    }),
  ]
  if (problems.length > 0)
    return { report: { tables: [], problems, notes: [] }, work: [], timeZone, hasLocalTimes: false }

  const place: JobRowsPlace = {
    ...options,
    tables: jobTablesOf(options, factsOf),
    has: (table, column) => {
      const known = factsOf({ schema: landingSchema, name: table })
      return known !== undefined && columnOf(known, column) !== undefined
    },
  }
  const known = await knownInstances(place)
  const work: Work[] = []
  const add = (relation: RelationName, steps: readonly Step[], survey?: TableSurvey) =>
    work.push({
      steps,
      report: { table: display(relation), groups: survey?.groups ?? [], steps: steps.map(toReport) },
    })

  for (const table of jobTables) {
    const steps = await jobTableSteps(database, landingSchema, table.name, factsOf(table), timeZone)
    add(
      table,
      table.name === 'dw_api_credentials' ? [...steps, ...(await instanceSteps(place, source))] : steps,
    )
  }
  const credentials = jobTables[0]!
  for (const job of byTarget.values()) {
    const table = factsOf(job.target)
    if (table === undefined) continue
    options.signal.throwIfAborted()
    const survey = await surveyTable(database, job, table, place.tables)
    problems.push(...rowProblems(job, survey, known))
    add(job.target, await tableSteps(database, job, table, survey, { credentials, timeZone }), survey)
  }
  // Last: until then what the rows of jobs say of instances is what the old loader left.
  const jobsTable = { schema: landingSchema, name: 'dw_etl_jobs' }
  add(jobsTable, [...(await jobRowSteps(place)), ...jobKeySteps(factsOf(jobsTable))])
  add({ schema: landingSchema, name: 'dw_etl_runs' }, await stuckRunSteps(place))
  return {
    report: {
      tables: work
        .map(({ report }) => report)
        .filter(({ steps, groups }) => steps.length > 0 || groups.length > 0),
      problems,
      notes: notesOf(facts, landingSchema),
    },
    work,
    timeZone,
    hasLocalTimes: facts.some((table) => localColumns(table, wantedOf(table, jobs)).length > 0),
  }
}

function jobTablesOf(
  { landingSchema, told }: TakeOverOptions,
  factsOf: (relation: RelationName) => TableFacts | undefined,
): JobTables {
  const jobs = factsOf({ schema: landingSchema, name: 'dw_etl_jobs' })
  const runs = factsOf({ schema: landingSchema, name: 'dw_etl_runs' })
  const context = runs && columnOf(runs, 'run_context')?.type
  return {
    told,
    jobs: jobs && columnOf(jobs, 'source_instance_id') ? quoteRelation(jobs.relation) : null,
    runs:
      runs === undefined || columnOf(runs, 'job_id') === undefined
        ? null
        : {
            table: quoteRelation(runs.relation),
            credential: columnOf(runs, 'credential_id') !== undefined,
            context: context === undefined ? null : context.startsWith('json') ? 'json' : 'text',
          },
  }
}

async function knownInstances({
  database,
  landingSchema,
  instances,
  has,
}: JobRowsPlace): Promise<ReadonlySet<number>> {
  const table = quoteRelation({ schema: landingSchema, name: 'dw_api_credentials' })
  const { rows } = has('dw_api_credentials', 'id')
    ? await database.query<{ id: number }>(`select id from ${table}`)
    : { rows: [] }
  return new Set([...rows, ...instances].map(({ id }) => id))
}

function rowProblems(job: Job, { groups }: TableSurvey, known: ReadonlySet<number>): readonly string[] {
  return groups.flatMap(({ instance, rows }) => {
    if (instance === null)
      return [
        `${rows} rows of ${display(job.target)} do not say which instance they belong to, and neither do their runs and jobs: say it with --instance NAME`,
      ]
    return known.has(instance)
      ? []
      : [
          `${rows} rows of ${display(job.target)} belong to instance ${instance}, which is neither declared nor in dw_api_credentials`,
        ]
  })
}

function notesOf(facts: readonly TableFacts[], landingSchema: string): readonly string[] {
  const credentials = facts.find(({ relation }) => relation.name === 'dw_api_credentials')
  const secrets = credentials?.columns.filter(({ name }) => /key|secret|token|password/i.test(name)) ?? []
  return secrets.map(
    ({ name }) =>
      `${landingSchema}.dw_api_credentials has a column ${name}. Keys stay in the environment: empty it when nothing else reads it.`,
  )
}

function wantedOf({ relation }: TableFacts, jobs: readonly Job[]) {
  const job = jobs.find(({ target }) => quoteRelation(target) === quoteRelation(relation))
  return job === undefined ? (jobTableColumns[relation.name] ?? []) : stagingColumns(job)
}

async function refuseSimulated(database: Database): Promise<void> {
  const { rows } = await database.query<{ there: boolean }>(
    `select to_regclass('strata.landings') is not null as there`,
  )
  if (!rows[0]!.there) return
  const { rowCount } = await database.query('select from strata.landings where simulated limit 1')
  if (rowCount === 0) return
  throw new ConfigurationError({
    code: 'MIXED_SIMULATED',
    message: 'this database holds simulated records: no real installation is taken over in it',
    hint: 'Set DATABASE_URL to the database of the old installation.',
  })
}

function nothingThere({ landingSchema, source }: TakeOverOptions): ConfigurationError {
  return new ConfigurationError({
    code: 'NOTHING_TO_TAKE_OVER',
    message: `schema ${quoteLiteral(landingSchema)} has none of the tables that the jobs of ${source} land in`,
    hint: 'Where the old tables are elsewhere (often in public), say so by landing-schema: in strata.yml.',
  })
}

function toReport({ what, rows }: Step): StepReport {
  return { what, rows }
}

function display({ schema, name }: RelationName): string {
  return `${schema}.${name}`
}
