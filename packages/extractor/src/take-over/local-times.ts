import { type Database, quoteIdentifier, quoteLiteral, quoteRelation } from '@strata/core'
import { alteration, type Step } from './step.ts'
import type { TableFacts } from './table-facts.ts'
import type { WantedColumn } from './wanted-columns.ts'

/** The zone that sessions of the database have unless they choose one: what its times without a zone were written in. */
export async function readOwnTimeZone(database: Database): Promise<string> {
  const { rows } = await database.query<{ zone: string }>(`
    select coalesce(
      (select pg_catalog.substr(setting, pg_catalog.length('timezone=') + 1)
       from pg_catalog.pg_db_role_setting s
       join pg_catalog.pg_database d on d.oid = s.setdatabase and d.datname = current_database(),
       pg_catalog.unnest(setconfig) as setting
       where s.setrole = 0 and setting ilike 'timezone=%' limit 1),
      (select reset_val from pg_catalog.pg_settings where name = 'TimeZone')) as zone`)
  return rows[0]!.zone
}

/** Columns whose times have no zone. */
export function localColumns(facts: TableFacts, wanted: readonly WantedColumn[]): readonly string[] {
  const ours = new Set(wanted.map(({ name }) => name))
  return facts.columns
    .filter(
      ({ name, type }) =>
        ours.has(name) && type.startsWith('timestamp') && type.endsWith('without time zone'),
    )
    .map(({ name }) => name)
}

/**
 * Times without a zone stay so, and what a session of another zone writes there (`now()`) is turned into the database's own:
 * whoever reads them beside others must find one zone in them.
 */
export function localTimeSteps(
  facts: TableFacts,
  wanted: readonly WantedColumn[],
  timeZone: string,
): readonly Step[] {
  const columns = localColumns(facts, wanted)
  if (columns.length === 0) return []
  const zone = quoteLiteral(timeZone)
  const installed = facts.triggers.find(({ name }) => name === triggerName)
  if (installed?.definition.includes(zone)) return []
  const table = quoteRelation(facts.relation)
  const routine = quoteRelation({ schema: 'strata', name: `local_times_${columns.join('_')}` })
  return [
    alteration(`keep ${columns.join(', ')} without a time zone, in that of the database (${timeZone})`, [
      `create or replace function ${routine}() returns trigger language plpgsql as $body$
        begin
          ${columns.map(turned).join('\n          ')}
          return new;
        end
        $body$`,
      `create or replace trigger ${triggerName} before insert or update on ${table} for each row
        when (pg_catalog.current_setting('TimeZone') <> ${zone}) execute function ${routine}(${zone})`,
    ]),
  ]
}

const triggerName = 'strata_local_times'

function turned(name: string): string {
  const column = quoteIdentifier(name)
  return `if tg_op = 'INSERT' or new.${column} is distinct from old.${column} then
            new.${column} := new.${column} at time zone pg_catalog.current_setting('TimeZone') at time zone tg_argv[0];
          end if;`
}
