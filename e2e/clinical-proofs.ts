import type { Database } from '../packages/core/src/index.ts'
import { spokes } from './clinical-project.ts'

/** How many rows of spokes have no event of their own patient. */
export async function orphans(database: Database): Promise<number> {
  const { rows } = await database.query<{ rows: number }>(
    `select count(*)::int as rows from (${spokes
      .map((spoke) => `select event_id, patient_id from silver.${spoke}`)
      .join(' union all ')}) as s
     where not exists (select from silver.patient_clinical_events as e where e.id = s.event_id and e.patient_id = s.patient_id)`,
  )
  return rows[0]!.rows
}

/** How many synthetic events the audit does not know, and rows of the audit that are of none. */
export async function auditDifference(database: Database): Promise<number> {
  const { rows } = await database.query<{ rows: number }>(`select count(*)::int as rows
    from silver.synthetic_event_audit as a
    full join (select id, patient_id from silver.patient_clinical_events where is_synthetic) as e
      on e.id = a.event_id and e.patient_id = a.patient_id
    where a.event_id is null or e.id is null`)
  return rows[0]!.rows
}

const clinicalModels = [
  'clinical_event_candidates',
  'patient_clinical_events',
  'healthcare_encounters',
  'healthcare_timeline_events',
  'synthetic_event_audit',
  ...spokes,
]

/** Where the rows lie, and who wrote them: a row that is written again lies elsewhere. */
export async function images(database: Database) {
  return Promise.all(
    clinicalModels.map(
      async (model) =>
        (
          await database.query<{ at: string }>(
            `select ctid::text || ' ' || xmin::text as at from silver.${model} order by ctid`,
          )
        ).rows,
    ),
  )
}

/** What the models hold; not who wrote it, nor when an event was first recorded. */
export async function contents(database: Database) {
  const found: Record<string, readonly unknown[]> = {}
  for (const model of clinicalModels) {
    const { rows } = await database.query<{ row: string }>(
      `select (to_jsonb(m) - 'changed_xid' - 'recorded_at')::text as row from silver.${model} as m order by 1`,
    )
    found[model] = rows.map(({ row }) => row)
  }
  return found
}
