import { materialize } from '@strata/compiler'
import { connect, prepareFactsFunction, readRelationFacts } from '@strata/postgres'
import { createTestDatabase, describeOldestServer } from '@strata/postgres/testing'
import { createModelExecutor, run } from '@strata/runner'
import { expect, it } from 'vitest'
import { runnerState } from './migrated-database.ts'
import { model, target } from './publish-fixture.ts'

describeOldestServer('the commits of a run', (server) => {
  it('wait for the disk once, at its end', async () => {
    const { url, database: outside, drop } = await createTestDatabase(server, runnerState)
    const waiting = new URL(url)
    waiting.searchParams.set('options', '-c synchronous_commit=on')
    const database = await connect({ url: waiting.href, applicationName: 'strata test' })
    try {
      await outside.query('create table noted (what text, waits text)')
      await outside.query(`create function note() returns trigger language plpgsql as
$$ begin insert into public.noted values (tg_table_name || ' ' || new.status, current_setting('synchronous_commit')); return new; end $$`)
      for (const table of ['runs', 'steps'])
        await outside.query(
          `create trigger note after insert or update on strata.${table} for each row execute function note()`,
        )
      const step = model('m', `select current_setting('synchronous_commit') as waits`, {
        materialized: 'table',
      })
      const { status } = await run(
        { version: 1, command: 'run', target, steps: [step] },
        {
          database,
          executors: {
            model: createModelExecutor({
              database,
              materialize,
              readFacts: readRelationFacts,
              prepareFacts: prepareFactsFunction,
            }),
          },
          clock: () => new Date(),
          emit: () => {},
          signal: new AbortController().signal,
          threads: 1,
        },
      )
      expect(status).toBe('success')
      expect((await outside.query('select waits from silver.m')).rows).toEqual([{ waits: 'off' }])
      const { rows } = await outside.query(
        `select distinct what, waits from noted where what <> 'steps running' order by 1`,
      )
      expect(rows).toEqual([
        { what: 'runs running', waits: 'off' },
        { what: 'runs success', waits: 'on' },
        { what: 'steps success', waits: 'off' },
      ])
    } finally {
      await database.close()
      await drop()
    }
  })
})
