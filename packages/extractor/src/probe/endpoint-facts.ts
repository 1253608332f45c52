import type { CursorFormat, EndpointJob, Queryable } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { jobIdentity } from '../job-identity.ts'

/**
 * What an endpoint of one instance was found to support. Absent: not known. `false`: it was refused, or its effect could
 * not be seen in the answers. Names and counts only, never a value of a record.
 */
export interface EndpointFacts {
  /** False: 404 or 501, whatever was asked. */
  readonly supported?: boolean
  /** `object`: one object, which is no list. */
  readonly shape?: 'envelope' | 'array' | 'object'
  /** An answer that did not hold all named the next one, and that brought other records. */
  readonly nextLink?: boolean
  /** `$top`, or the limit parameter that the job declares. */
  readonly top?: boolean
  /** The most records that an answer holds; null: at least `page_size`. */
  readonly topCap?: number | null
  /** A page held more than one record: one of one record is not cut. */
  readonly severalAPage?: boolean
  /** Records of a list without envelope that may have been cut, for their number is a round one; null: it is not. */
  readonly roundList?: number | null
  /** `$skip`, or the offset or page parameter that the job declares. */
  readonly skip?: boolean
  /** An offset of a rest source was seen to lead to a record, and not to a page. */
  readonly offsetOfRecords?: boolean
  /** `$orderby` by the key. */
  readonly orderBy?: boolean
  /** `$filter=key gt value` gives what lies beyond it and nothing else. */
  readonly keyset?: boolean
  /** How the filter writes values of the key. */
  readonly keyForm?: 'number' | 'string' | 'bare'
  /** A whole number comes with the answer: `@odata.count`, or the total that the job declares. */
  readonly count?: boolean
  /** It counts all records, as far as can be seen: not those of the page. */
  readonly countHonest?: boolean
  readonly select?: boolean
  /** Any filter was seen to work. */
  readonly filter?: boolean
  /** `and`, `or` and brackets. */
  readonly compoundFilter?: boolean
  /** The field that tells when a record changed; null: none of those seen can be it. */
  readonly cursorField?: string | null
  /** How the filter writes an instant; null: none was accepted. */
  readonly cursorFormat?: CursorFormat | null
  /** Records without a change time occur. */
  readonly cursorNulls?: boolean
  /** Records whose change time is impossibly early occur: no increment brings them. */
  readonly cursorEarly?: boolean
  /** `field eq null` can be asked for. */
  readonly nullFilter?: boolean
  /** All fields whose values look like instants. */
  readonly instantFields?: readonly string[]
  /** Paths of the fields that occur, in order: `sponsor/name`. Lists are not looked into. */
  readonly fields?: readonly string[]
  /** Records by the endpoint's own count, at the time of the probe. */
  readonly total?: number
  /** The server's clock less ours. */
  readonly clockSkewSeconds?: number
  /** For `pageRecords` records. */
  readonly pageMilliseconds?: number
  readonly pageRecords?: number
  /** What else is worth knowing, in words: why something is not known, what was ignored. */
  readonly notes?: readonly string[]
}

/** Where facts are remembered. */
export interface FactsPlace {
  readonly landingSchema: string
  readonly job: EndpointJob
  readonly instanceId: number
}

/** A fact that a run has learned holds for so many days: an API that refused an option once may have had a bad hour. */
const learnedDays = 7

/** What records are like is no refusal: who forgets that some have no change time asks for them no more, and a sample that has none is no proof. */
const ofRecords = ['cursorNulls', 'cursorEarly'] as const satisfies readonly (keyof EndpointFacts)[]
const namesOfRecords = `array[${ofRecords.map((name) => `'${name}'`).join(', ')}]`

/** SQL: the facts that still hold, of a row of `strata.endpoint_facts` by this alias. */
export function validFacts(alias: string): string {
  return `${alias}.facts - 'learned' - array(
    select name from pg_catalog.jsonb_each_text(coalesce(${alias}.facts->'learned', '{}')) as l (name, at)
    where at::timestamptz < now() - interval '${learnedDays} days' and name <> all (${namesOfRecords}))`
}

/** What is known of a job's endpoint; nothing known: `{}`. */
export async function readEndpointFacts(
  database: Queryable,
  landingSchema: string,
  job: EndpointJob,
  instanceId: number,
): Promise<EndpointFacts> {
  const { rows } = await database.query<{ facts: EndpointFacts }>(sql`
    select ${raw(validFacts('f'))} as facts from strata.endpoint_facts f
    where landing_schema = ${landingSchema} and job = ${jobIdentity(job)} and instance_id = ${instanceId}::integer`)
  return rows[0]?.facts ?? {}
}

/**
 * Adds to what is known, fact by fact; records of a kind that were seen once are known for good. `probed`: by a probe, and not by a run that was refused something, which is kept with its time
 * under `learned`.
 */
export async function rememberFacts(
  database: Queryable,
  { landingSchema, job, instanceId }: FactsPlace,
  patch: EndpointFacts,
  { probed }: { readonly probed: boolean },
): Promise<void> {
  const names = Object.keys(patch)
  const learned = sql`(
    select coalesce(jsonb_object_agg(name, now()), '{}') from unnest(${probed ? [] : names}::text[]) as name)`
  await database.query(sql`
    insert into strata.endpoint_facts as f (landing_schema, job, instance_id, facts, probed_at)
    values (${landingSchema}, ${jobIdentity(job)}, ${instanceId}::integer,
      ${JSON.stringify(patch)}::jsonb || jsonb_build_object('learned', ${learned}),
      case when ${probed} then now() end)
    on conflict (landing_schema, job, instance_id) do update
    set facts = f.facts || excluded.facts
        || (select coalesce(jsonb_object_agg(name, true), '{}') from unnest(${raw(namesOfRecords)}) as name where f.facts->name = 'true')
        || jsonb_build_object('learned', coalesce(f.facts->'learned', '{}') - ${names}::text[] || (excluded.facts->'learned')),
      probed_at = coalesce(excluded.probed_at, f.probed_at), learned_at = now()`)
}
