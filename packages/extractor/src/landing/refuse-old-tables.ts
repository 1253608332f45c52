import { ConfigurationError, type Job, type Queryable, quoteRelation, type RelationName } from '@strata/core'
import { columnOf, readTableFacts, type TableFacts } from '../take-over/table-facts.ts'
import {
  jobTableColumns,
  missingColumns,
  shapeProblems,
  stagingColumns,
  type WantedColumn,
} from '../take-over/wanted-columns.ts'

/**
 * What another loader made cannot be landed in: columns are missing, and the key that would tell its records apart. Nothing is repaired
 * on the way, for it takes long and moves rows. Throws `ConfigurationError` `OLD_LANDING`.
 */
export async function refuseOldTables(
  database: Queryable,
  { jobs, landingSchema }: { readonly jobs: readonly Job[]; readonly landingSchema: string },
): Promise<void> {
  const wanted = new Map<string, readonly WantedColumn[]>()
  const tables: RelationName[] = []
  const want = (table: RelationName, columns: readonly WantedColumn[]) => {
    if (!wanted.has(quoteRelation(table))) tables.push(table)
    wanted.set(quoteRelation(table), columns)
  }
  for (const [name, columns] of Object.entries(jobTableColumns))
    want({ schema: landingSchema, name }, columns)
  for (const job of jobs) want(job.target, stagingColumns(job))

  const old = (await readTableFacts(database, tables)).flatMap((facts) => {
    const why = whyOld(facts, wanted.get(quoteRelation(facts.relation)) ?? [])
    return why === null ? [] : [{ ...facts.relation, why }]
  })
  const [first] = old
  if (first === undefined) return
  const sources = new Set(
    jobs
      .filter(({ target }) =>
        old.some(({ schema, name }) => schema === target.schema && name === target.name),
      )
      .map(({ source }) => source),
  )
  const [source = jobs[0]?.source ?? '<source>'] = sources
  throw new ConfigurationError({
    code: 'OLD_LANDING',
    message: `${first.schema}.${first.name} was made by another loader: ${first.why}${old.length > 1 ? `; so were ${old.length - 1} more tables` : ''}`,
    hint: `\`models source take-over ${source} --dry-run\` says what would be done to land in it, and without --dry-run does it.`,
  })
}

function whyOld(facts: TableFacts, wanted: readonly WantedColumn[]): string | null {
  const [problem] = shapeProblems(facts, wanted)
  if (problem !== undefined) return problem
  const missing = missingColumns(facts, wanted).map(({ name }) => name)
  if (missing.length > 0) return `it has no ${missing.join(', ')}`
  const isBronze = wanted.some(({ name }) => name === 'changed_xid')
  // The last that a take-over does to the rows; the key is made before it.
  return isBronze && columnOf(facts, 'source_instance_id')?.notNull !== true
    ? 'rows without an instance can be in it'
    : null
}
