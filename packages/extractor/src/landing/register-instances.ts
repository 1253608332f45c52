import type { Instance, Queryable } from '@strata/core'
import { quoteRelation } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { publicAddress } from './public-address.ts'

/** Makes `dw_api_credentials` say what is declared; `is_active` is left as it is. Rows that are right are not touched. */
export async function registerInstances(
  transaction: Queryable,
  landingSchema: string,
  instances: readonly { readonly source: string; readonly instance: Instance }[],
): Promise<void> {
  const table = raw(quoteRelation({ schema: landingSchema, name: 'dw_api_credentials' }))
  const declared = JSON.stringify(
    instances.map(({ source, instance }) => ({
      id: instance.id,
      name: instance.name,
      source,
      base_url: publicAddress(instance.address),
      is_simulated: instance.simulated,
    })),
  )
  await transaction.query(sql`
    insert into ${table} as known (id, name, source, base_url, is_simulated)
    select d.id, d.name, d.source, d.base_url, d.is_simulated
    from jsonb_to_recordset(${declared}::jsonb)
      as d (id integer, name text, source text, base_url text, is_simulated boolean)
    left join ${table} as c on c.id = d.id
    where c.id is null
      or (c.name, c.source, c.base_url, c.is_simulated) is distinct from (d.name, d.source, d.base_url, d.is_simulated)
    on conflict (id) do update
    set name = excluded.name, source = excluded.source, base_url = excluded.base_url,
        is_simulated = excluded.is_simulated, updated_at = now()`)
}
