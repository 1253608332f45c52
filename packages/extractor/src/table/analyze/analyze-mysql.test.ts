import type { DatabaseConnector, Instance } from '@strata/core'
import { databaseConnectorDefaults } from '@strata/core'
import { beforeAll, expect, it } from 'vitest'
import { describeMariadb, type MariadbDatabase } from '../../testing/mariadb.ts'
import { type AnalyzeOptions, analyzeSource } from './analyze-source.ts'
import { openMysqlServer } from './mysql-server.ts'
import type { TableProposal } from './propose-table.ts'

const connector: DatabaseConnector = {
  ...databaseConnectorDefaults,
  kind: 'mysql',
  source: 'opendental',
  instances: [],
}

describeMariadb('the analysis of a MySQL source', (database) => {
  let proposals: readonly TableProposal[] = []
  const proposed = (name: string) => proposals.find((one) => one.name === name)!

  beforeAll(async () => {
    await database().query(schema)
    proposals = (await analyze(database())).proposals
  })

  it('keeps the change time and a clean day of an adjustment, and refuses the columns with impossible dates', () => {
    const { key, kept, refused, inactive } = proposed('adjustment')
    expect(key).toEqual({ columns: ['AdjNum'], of: 'primary' })
    expect(kept.map(({ name }) => name)).toEqual(['SecDateTEdit', 'ProcDate'])
    expect(refused.map(({ name, refused: why }) => [name, why])).toEqual([
      ['AdjDate', 'it holds impossible dates: 1902-07-31'],
      ['DateEntry', 'it holds impossible dates: 1980-01-01 (3 rows before 1990)'],
    ])
    expect(inactive).toBeNull()
  })
})

async function analyze(database: MariadbDatabase, over: Partial<AnalyzeOptions> = {}) {
  const instance: Instance = {
    id: 1,
    name: 'north',
    address: database.address,
    credentials: database.credentials,
    parameters: {},
    simulated: false,
  }
  const server = openMysqlServer(connector, instance, new AbortController().signal)
  return await analyzeSource({ server, patterns: null, timeout: 60_000, now: Date.now, ...over })
}

const schema = `
create table adjustment (
  AdjNum bigint not null auto_increment primary key,
  AdjDate date not null default '0001-01-01',
  AdjAmt double not null default 0,
  ProcDate date not null default '0001-01-01',
  DateEntry date not null default '0001-01-01',
  SecDateTEdit timestamp not null default current_timestamp on update current_timestamp,
  key (SecDateTEdit)
);
insert into adjustment (AdjDate, AdjAmt, ProcDate, DateEntry, SecDateTEdit)
  select if(seq = 7, '1902-07-31', date_add('2001-02-03', interval seq * 4 day)), seq, date_add('2001-01-05', interval seq * 4 day),
    if(seq < 4, '1980-01-01', date_add('2005-03-01', interval seq * 3 day)), date_add('2020-04-24 08:00:00', interval seq * 1300 minute)
  from seq_1_to_2000;
`
