import { ConfigurationError } from '@strata/core'
import sql from 'sql-template-tag'
import { jobIdentity } from '../job-identity.ts'
import { withJobLocks } from '../run/job-lock.ts'
import type { StepPlace } from './step.ts'
import { surveyInstallation } from './survey-installation.ts'
import type { TakeOverOptions, TakeOverReport } from './take-over-options.ts'

/**
 * Makes the tables of an old installation what a new one's are, in place, so that jobs can land in them. What is to be done is found
 * by looking at the database: what is done is found no more, so a run that was killed is gone on with by the next, and a second
 * one does nothing. Needs the component's migrations, except for a dry run, which changes nothing at all.
 *
 * Throws `ConfigurationError` (`NOTHING_TO_TAKE_OVER`, `TAKE_OVER_REFUSED`, `MIXED_SIMULATED`), `StrataError` (`TABLE_BUSY`), `DatabaseError`.
 */
export async function takeOver(options: TakeOverOptions): Promise<TakeOverReport> {
  if (options.dryRun) return await surveyInstallation(options).then(({ report }) => report)
  const applicationName = `strata take-over ${options.source}`
  return await withJobLocks(options.database, applicationName, lockRequests(options), async () => {
    const { report, work, timeZone, hasLocalTimes } = await surveyInstallation(options)
    if (report.problems.length > 0) throw refused(report.problems)
    if (work.every(({ steps }) => steps.length === 0)) return report
    await declareReal(options, hasLocalTimes ? timeZone : null)
    const { database, landingSchema, signal } = options
    for (const { steps, report: table } of work) {
      options.onTable(table)
      for (const step of steps) {
        signal.throwIfAborted()
        const onRows = (done: number) => options.onStep(table.table, step, done, false)
        onRows(0)
        const place: StepPlace = { database, landingSchema, timeZone, applicationName, signal, onRows }
        options.onStep(table.table, step, await step.run(place), true)
      }
    }
    return report
  })
}

/** What an old installation holds is real. */
async function declareReal(
  { database, landingSchema }: TakeOverOptions,
  timeZone: string | null,
): Promise<void> {
  await database.query(sql`
    insert into strata.landings as landings (landing_schema, fingerprint, simulated, time_zone)
    values (${landingSchema}, '', false, ${timeZone})
    on conflict (landing_schema) do update set time_zone = coalesce(excluded.time_zone, landings.time_zone)`)
}

function lockRequests(options: TakeOverOptions) {
  const { landingSchema, source, jobs, instances, signal } = options
  const ids = instances.map(({ id }) => id).sort((a, b) => a - b)
  // In the order in which steps take theirs, the instances of one job by id: nobody waits in a circle.
  const landings = jobs.flatMap((job) =>
    ids.map((id) => `${landingSchema} ${jobIdentity(job)} instance ${id}`),
  )
  return [`${landingSchema} take-over`, ...landings].map((name) => ({
    name,
    signal,
    onWait: (holder: string) => options.onWait(`${source} is being landed or taken over by ${holder}`),
  }))
}

function refused(problems: readonly string[]): ConfigurationError {
  return new ConfigurationError({
    code: 'TAKE_OVER_REFUSED',
    message: `nothing was changed: ${problems.join('; ')}`,
    hint: 'Name the instance of rows that do not say by --instance; declare the instances that are missing; change what is of another type by hand. --dry-run shows all that would be done.',
  })
}
