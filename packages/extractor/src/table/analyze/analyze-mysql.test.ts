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

  it('names what speaks against a column, and proposes no watermark where none tells of changes', () => {
    const { kept, refused, notes } = proposed('visits')
    expect(kept).toEqual([])
    expect(Object.fromEntries(refused.map(({ name, refused: why }) => [name, why]))).toEqual({
      updated_at: 'it is null in all rows',
      modified: 'all rows have one value, 2020-01-01 00:00:00',
      planned: '25 % of the rows lie in the future (up to 2099-01-01)',
      closed: '50 % of the rows have no date in it',
      Birthdate: 'a date of birth or death says nothing of changes (its values were not looked at)',
    })
    expect(notes.join('; ')).toContain('each load reads all rows and compares them')
    expect(proposed('visits').personal).toBe(true)
  })

  it('reads the values of a date of birth not even for the evidence', () => {
    expect(proposed('visits').refused.find(({ name }) => name === 'Birthdate')?.profile).toBeNull()
  })

  it('bounds a change time below which outliers lie, by the year in which its body begins', () => {
    const { kept } = proposed('outlying')
    expect(kept.map(({ name, min }) => [name, min])).toEqual([['DateTStamp', '2015-01-01']])
  })

  it('takes composite keys and unique keys that are never null, and leaves tables without a key inactive', () => {
    expect(proposed('patplan').key).toEqual({ columns: ['PatNum', 'Ordinal'], of: 'primary' })
    expect(proposed('coded').key).toEqual({ columns: ['code'], of: 'unique' })
    expect(proposed('keyless')).toMatchObject({
      key: null,
      inactive: expect.stringContaining('no primary key'),
    })
    expect(proposed('overview')).toMatchObject({
      relationKind: 'view',
      inactive: expect.stringContaining('view'),
    })
    expect(proposed('measured').inactive).toContain('double')
  })

  it('looks at a large table in several places of its key, the newest among them, and asks an index for the extremes', async () => {
    await database().query('analyze table adjustment')
    const analysis = await analyze(database(), { patterns: ['ADJ*'], sampleRows: 200 })
    const [{ sample, kept }] = analysis.proposals as [TableProposal]
    expect(sample).toBe('up to 200 rows, at 20 places of the key')
    const { profile } = kept.find(({ name }) => name === 'SecDateTEdit')!
    expect(profile?.rows).toBeLessThanOrEqual(200)
    expect([profile?.min, profile?.max]).toEqual(['2020-04-25 10:40:00', '2025-04-04 02:20:00'])
  })

  it('proposes a table for which no time is left as far as the catalog goes, and says so', async () => {
    let now = 0
    const { proposals: late } = await analyze(database(), { timeout: 1, now: () => (now += 10) })
    expect(late.length).toBe(proposals.length)
    const adjustment = late.find(({ name }) => name === 'adjustment')!
    expect(adjustment.kept).toEqual([])
    expect(adjustment.error?.code).toBe('SOURCE_TIMEOUT')
    expect(adjustment.notes.join()).toContain('its values were not read')
  })

  it('leaves the other tables be when one cannot be read', async () => {
    await database().query(`create view broken as
      select (select AdjNum from adjustment) as id, (select SecDateTEdit from adjustment) as updated_at`)
    const { proposals: all } = await analyze(database(), { patterns: ['broken', 'coded'] })
    expect(all.map(({ name, error }) => [name, error === null])).toEqual([
      ['broken', false],
      ['coded', true],
    ])
    await database().query('drop view broken')
  })

  it('finds the rows of a sample again by keys of numbers, texts and bytes, and sees by their hashes which changed', async () => {
    await database().query(`
      create table sampled (id bigint unsigned, code varchar(20) collate utf8mb4_general_ci, raw varbinary(8), note text,
        updated_at datetime(6) not null, primary key (id, code, raw));
      insert into sampled select 18446744073709551000 + seq, concat("it's \\\\ ", seq), unhex(lpad(hex(seq), 8, '0')), 'a', '2024-01-01' from seq_1_to_30`)
    const server = openServer(database())
    const table = (await server.tables()).find(({ name }) => name === 'sampled')!
    const columns = table.columns.filter(({ name }) => name === 'updated_at')
    const sample = await server.sampleRows(table, columns, { rows: 100, milliseconds: 10_000 })
    expect(sample).toMatchObject({ complete: true, rows: { length: 30 } })
    await database().query(`update sampled set note = 'b' where id = 18446744073709551007`)
    const again = await server.readRows(
      table,
      columns,
      sample.rows.map(({ key }) => key),
      10_000,
    )
    const hashes = new Map(sample.rows.map(({ key, hash }) => [key, hash]))
    expect(again.length).toBe(30)
    expect(again.filter(({ key, hash }) => hashes.get(key) !== hash).map(({ key }) => key)).toEqual([
      JSON.stringify(['18446744073709551007', "it's \\ 7", '00000007']),
    ])
    await database().query('drop table sampled')
  })

  it('says which patterns mean no table', async () => {
    const { unmatched } = await analyze(database(), { patterns: ['cod?d', 'nothing*'] })
    expect(unmatched).toEqual(['nothing*'])
  })
})

function openServer(database: MariadbDatabase) {
  const instance: Instance = {
    id: 1,
    name: 'north',
    address: database.address,
    credentials: database.credentials,
    parameters: {},
    simulated: false,
  }
  return openMysqlServer(connector, instance, new AbortController().signal)
}

async function analyze(database: MariadbDatabase, over: Partial<AnalyzeOptions> = {}) {
  const server = openServer(database)
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

create table visits (
  id bigint primary key, Birthdate date, updated_at datetime, modified datetime not null, planned date not null, closed date
);
insert into visits select seq, '1970-05-05', null, '2020-01-01', if(seq % 4 = 0, '2099-01-01', date_add('2024-01-01', interval seq day)),
  if(seq % 2 = 0, null, date_add('2024-01-01', interval seq day)) from seq_1_to_200;
create table outlying (id bigint primary key, DateTStamp datetime not null);
insert into outlying select seq, if(seq < 3, '1995-06-01', date_add('2015-02-01', interval seq day)) from seq_1_to_1000;
create table patplan (PatNum bigint, Ordinal tinyint, primary key (PatNum, Ordinal));
create table coded (code varchar(20) not null, label text, unique key (label(10)), unique key (code));
create table keyless (what text, DateTStamp datetime);
create table measured (size double primary key);
create view overview as select AdjNum, SecDateTEdit from adjustment;
`
