import { createHash } from 'node:crypto'
import { materializeSeed } from '@strata/compiler'
import type { EnforcedConstraint, Event, SeedConfig, SeedStep, StepResult } from '@strata/core'
import { prepareFactsFunction, readRelationFacts } from '@strata/postgres'
import { describeServers } from '@strata/postgres/testing'
import { createSeedExecutor, run } from '@strata/runner'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { openPublishFixture, type PublishFixture, target } from './publish-fixture.ts'

interface SeedSettings {
  readonly columnTypes?: SeedConfig['columnTypes']
  readonly quoteColumns?: boolean | null
  readonly delimiter?: string
  readonly fullRefresh?: boolean
  readonly description?: string
  /** What the file holds by the time that it is read. */
  readonly holds?: string | Uint8Array
  readonly onEvent?: (event: Event) => void
  readonly constraints?: readonly EnforcedConstraint[]
}

const location = { file: 'seeds/seeds.yml', line: 4, column: 7 }

describeServers('loading seeds', (server) => {
  let fixture: PublishFixture
  let opened: number
  beforeAll(async () => {
    fixture = await openPublishFixture(server)
  })
  afterAll(() => fixture.drop())
  beforeEach(() => {
    opened = 0
  })
  afterEach(() => fixture.execute('drop schema if exists silver cascade'))

  async function seed(content: string, settings: SeedSettings = {}): Promise<StepResult> {
    const {
      fullRefresh = false,
      description = '',
      holds = content,
      onEvent,
      constraints = [],
      ...options
    } = settings
    const config = { columnTypes: {}, quoteColumns: null, delimiter: ',', ...options }
    const checksum = createHash('sha256').update(content).digest('hex')
    const step: SeedStep = {
      kind: 'seed',
      id: 'seed.test.countries',
      name: 'silver.countries',
      parents: [],
      intent: 'build',
      reason: '',
      relation: { schema: 'silver', name: 'countries' },
      config,
      file: 'seeds/countries.csv',
      checksum,
      preHooks: [],
      postHooks: [],
      ...(constraints.length === 0 ? {} : { contract: { columns: null, constraints, location } }),
      fingerprint: JSON.stringify([checksum, config, constraints]),
      fullRefresh,
      description,
      columnDescriptions: { code: 'ISO 3166' },
    }
    const { database } = fixture
    const open = async function* () {
      opened++
      const bytes = typeof holds === 'string' ? new TextEncoder().encode(holds) : holds
      for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
    }
    const result = await run(
      { version: 1, command: 'seed', target, steps: [step] },
      {
        database,
        executors: {
          seed: createSeedExecutor({
            database,
            materializeSeed,
            readFacts: readRelationFacts,
            prepareFacts: prepareFactsFunction,
            open,
            lockTimeoutMs: 50,
          }),
        },
        clock: () => new Date(),
        emit: onEvent ?? (() => {}),
        signal: new AbortController().signal,
        threads: 1,
      },
    )
    return result.results[0]!
  }

  const columns = () =>
    fixture.rows(`select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
      where attrelid = 'silver.countries'::regclass and attnum > 0 order by attnum`)
  const rows = () => fixture.rows('select * from silver.countries')
  const relations = async () =>
    (
      await fixture.rows(`select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'silver' order by 1`)
    ).map((row) => row['name'])

  it('makes a table of the file, with the types of its values, and comments', async () => {
    const content =
      'code,Population,area,eu,since,seen\nDE,83000000,357.6,true,1958-01-01,2024-01-01 10:00:00\n"F,R",,,,null,\n'
    expect(await seed(content, { description: 'Countries' })).toMatchObject({
      status: 'success',
      action: 'build',
      message: 'first build',
      counts: { rows: 2 },
    })
    expect(await columns()).toEqual([
      { name: 'code', type: 'text' },
      { name: 'Population', type: 'integer' },
      { name: 'area', type: 'double precision' },
      { name: 'eu', type: 'boolean' },
      { name: 'since', type: 'date' },
      { name: 'seen', type: 'timestamp without time zone' },
    ])
    expect(await rows()).toEqual([
      {
        code: 'DE',
        Population: 83000000,
        area: 357.6,
        eu: true,
        since: '1958-01-01',
        seen: '2024-01-01 10:00:00',
      },
      { code: 'F,R', Population: null, area: null, eu: null, since: null, seen: null },
    ])
    expect(
      await fixture.rows(`select obj_description('silver.countries'::regclass) as of_table,
        col_description('silver.countries'::regclass, 1) as of_column`),
    ).toEqual([{ of_table: 'Countries', of_column: 'ISO 3166' }])
  })

  it('writes nothing and reads no file the second time, and loads again when asked or when the file changed', async () => {
    await seed('code\nDE\n')
    const table = () =>
      fixture.rows(`select 'silver.countries'::regclass::oid::text as oid, xmin::text from silver.countries`)
    const before = await table()
    opened = 0
    expect(await seed('code\nDE\n')).toMatchObject({
      status: 'success',
      action: 'none',
      message: 'unchanged',
    })
    expect(await table()).toEqual(before)
    expect(opened).toBe(0)
    expect(await seed('code\nDE\n', { fullRefresh: true })).toMatchObject({
      action: 'rebuild',
      message: 'full refresh',
    })
    expect(await seed('code\nFR\n')).toMatchObject({
      action: 'rebuild',
      message: 'file or configuration changed',
    })
    expect(await rows()).toEqual([{ code: 'FR' }])
    expect(await relations()).toEqual(['countries'])
  })

  it('refuses a table that it did not make', async () => {
    await fixture.execute('create schema silver', 'create table silver.countries (code int)')
    expect(await seed('code\nDE\n')).toMatchObject({ status: 'failed', failure: { code: 'NOT_OURS' } })
    expect(await rows()).toEqual([])
  })

  it('keeps dependent views, grants and owners when the file changes, also when a column comes', async () => {
    await seed('code\nDE\n')
    await fixture.execute(
      'create view silver.codes with (security_barrier = true) as select code from silver.countries',
      'grant select on silver.countries to public',
    )
    expect(await seed('name,code\nFrance,FR\nSpain,ES\n')).toMatchObject({ status: 'success' })
    expect(await fixture.rows('select code from silver.codes order by 1')).toEqual([
      { code: 'ES' },
      { code: 'FR' },
    ])
    expect(
      await fixture.rows(`select relacl::text as acl, (select reloptions from pg_class where oid = 'silver.codes'::regclass) as options
      from pg_class where oid = 'silver.countries'::regclass`),
    ).toEqual([{ acl: expect.stringMatching(/[{,]=r\//), options: ['security_barrier=true'] }])
  })

  it('never shows readers a missing or an empty table while it loads', async () => {
    const content = (name: string) => `code\n${`${name}\n`.repeat(500)}`
    await seed(content('a'))
    let loading = true
    const reading = (async () => {
      for (let reads = 1; ; reads++) {
        const [row] = await fixture.rows(
          'select count(*)::int as n, count(distinct code)::int as kinds from silver.countries',
        )
        expect(row).toEqual({ n: 500, kinds: 1 })
        if (!loading) return reads
      }
    })()
    for (const name of ['b', 'c', 'd']) expect(await seed(content(name))).toMatchObject({ action: 'rebuild' })
    loading = false
    expect(await reading).toBeGreaterThan(3)
  })

  it('casts what has a declared type, with nulls, quotes and backslashes as they are', async () => {
    const columnTypes = {
      code: 'varchar(3)',
      data: 'jsonb',
      tags: 'text[]',
      price: 'numeric(6,2)',
      zip: 'text',
    }
    const content =
      'code,data,tags,price,zip,note\nDE,"{""a"": [1, ""x\\\\y""]}","{a,""b c""}",1.005,00123,"a ""b"" \\ {c}"\n,,,,,\n'
    expect(await seed(content, { columnTypes })).toMatchObject({ status: 'success', counts: { rows: 2 } })
    expect(await rows()).toEqual([
      {
        code: 'DE',
        data: { a: [1, 'x\\y'] },
        tags: ['a', 'b c'],
        price: '1.01',
        zip: '00123',
        note: 'a "b" \\ {c}',
      },
      { code: null, data: null, tags: null, price: null, zip: null, note: null },
    ])
    expect((await columns()).map((column) => column['type'])).toEqual([
      'character varying(3)',
      'jsonb',
      'text[]',
      'numeric(6,2)',
      'text',
      'text',
    ])
  })

  it('writes values of every inferred type', async () => {
    const content = `big,huge,money,odd,iso\n3000000000,1${'0'.repeat(30)},"$1,234.50",NaN,2024-01-31T01:00:00+02:00\n1,1e3,5%,-.5,2024-W05-3T10\n`
    await seed(content)
    expect(await rows()).toEqual([
      {
        big: '3000000000',
        huge: `1${'0'.repeat(30)}`,
        money: 1234.5,
        odd: Number.NaN,
        iso: '2024-01-30 23:00:00',
      },
      { big: '1', huge: '1000', money: 5, odd: -0.5, iso: '2024-01-31 10:00:00' },
    ])
  })

  it.each([
    [null, ['ID', 'Full Name', 'order']],
    [true, ['ID', 'Full Name', 'order']],
    [false, ['id', 'Full Name', 'order']],
  ])('names columns with quote_columns: %s', async (quoteColumns, names) => {
    expect(await seed('ID,Full Name,order\n1,x,2\n', { quoteColumns })).toMatchObject({ status: 'success' })
    expect((await columns()).map((column) => column['name'])).toEqual(names)
  })

  it('takes a quoted name of the header for what it says, with quote_columns: false', async () => {
    const header = '"""from""","""A """"b"""" c""",Größe\n'
    const options = { quoteColumns: false, columnTypes: { '"from"': 'bigint' } }
    expect(await seed(`${header}1,2,3\n`, options)).toMatchObject({ status: 'success' })
    expect(await columns()).toMatchObject([
      { name: 'from', type: 'bigint' },
      { name: 'A "b" c', type: 'integer' },
      { name: 'größe', type: 'integer' },
    ])
  })

  it('makes an empty table of a header, and rows of nulls of empty lines, which it says', async () => {
    expect(await seed('a,b\n')).toMatchObject({ status: 'success', counts: { rows: 0 } })
    expect(await columns()).toMatchObject([{ type: 'integer' }, { type: 'integer' }])
    expect(await seed('a,,c\n1,2,x\n\n')).toMatchObject({
      message: 'file or configuration changed; line 3 is empty and became a row of nulls',
      counts: { rows: 2 },
    })
    expect(await rows()).toEqual([
      { a: 1, b: 2, c: 'x' },
      { a: null, b: null, c: null },
    ])
  })

  it.each<[string, string, SeedSettings, string, string]>([
    [
      'a row with too few values',
      'a,b\n1,2\n3\n',
      {},
      'SEED_ROW',
      'seeds/countries.csv:3: the row has 1 value, and the header 2 columns',
    ],
    [
      'a row with too many',
      'a\n"x\ny"\n1,2\n',
      {},
      'SEED_ROW',
      'seeds/countries.csv:4: the row has 2 values, and the header 1 column',
    ],
    [
      'a name that occurs twice',
      'a,b,a\n',
      {},
      'SEED_HEADER',
      'seeds/countries.csv:1: columns 1 and 3 of the header are both "a"',
    ],
    [
      'a name that would end its quotes',
      '"""a"" text, b int); drop table x; --"\n1\n',
      { quoteColumns: false },
      'SEED_HEADER',
      'seeds/countries.csv:1: with quote_columns: false column 1 of the header',
    ],
    ['names that fold into one', 'A,a\n', { quoteColumns: false }, 'SEED_HEADER', 'both "a"'],
    ['an empty file', '', {}, 'SEED_HEADER', 'there is no header'],
    ['a delimiter of two characters', 'a\n', { delimiter: '||' }, 'SEED_DELIMITER', 'seeds/countries.csv'],
    [
      'a value that is not of the declared type',
      'a,b\n1,😀\nx,y\n',
      { columnTypes: { a: 'integer' } },
      'SEED_VALUE',
      'seeds/countries.csv:3:1: the value of column "a" cannot be taken as integer',
    ],
    [
      'a value that is too long',
      'a,b\n😀,"x\ny"\nz,secret\n',
      { columnTypes: { b: 'varchar(3)' } },
      'SEED_VALUE',
      'seeds/countries.csv:4:3: the value of column "b" cannot be taken as varchar(3)',
    ],
    [
      'a null where none may be',
      'a,b\n1,2\n3,\n',
      { columnTypes: { b: 'integer not null' } },
      'SEED_VALUE',
      'seeds/countries.csv:3:',
    ],
    [
      'two rows of one key',
      'a\n1\n2\n1\n',
      { columnTypes: { a: 'integer primary key' } },
      'SEED_VALUE',
      'seeds/countries.csv:4: the row is refused by countries',
    ],
    [
      'a number that no float holds',
      'a\n1e400\n0.5\n',
      {},
      'SEED_VALUE',
      'seeds/countries.csv:2:1: the value of column "a" cannot be taken as double precision',
    ],
    [
      'a file that changed since it was compiled',
      'a\n1\n',
      { holds: 'a\n2\n' },
      'SEED_CHANGED',
      'seeds/countries.csv was changed',
    ],
    [
      'bytes that are not UTF-8',
      'a\n1\n',
      { holds: Uint8Array.of(97, 10, 0xe9) },
      'SEED_ENCODING',
      'is not UTF-8',
    ],
  ])(
    'refuses %s, says where, and leaves the table as it was',
    async (_, content, settings, code, message) => {
      await seed('before\n1\n')
      const { status, failure } = await seed(content, settings)
      expect({ status, code: failure?.code, message: failure?.message }).toEqual({
        status: 'failed',
        code,
        message: expect.stringContaining(message),
      })
      expect(JSON.stringify(failure)).not.toMatch(/secret|😀/)
      expect(await rows()).toEqual([{ before: 1 }])
    },
  )

  it('finds the one bad value among many thousands', async () => {
    const lines = Array.from({ length: 25_000 }, (_, index) => `${index},${index === 17_654 ? 'bad' : index}`)
    const { failure } = await seed(`id,n\n${lines.join('\n')}\n`, { columnTypes: { n: 'integer' } })
    expect(failure?.message).toContain('seeds/countries.csv:17656:7: the value of column "n"')
  })

  it('reports its progress, and loads more than one batch', async () => {
    const progress: number[] = []
    const onEvent = (event: Event) => {
      if (event.kind === 'step_progress') progress.push(event.counts.rows ?? 0)
    }
    const lines = Array.from({ length: 25_000 }, (_, index) => `${index},"name ${index}"`)
    expect(await seed(`id,name\n${lines.join('\n')}\n`, { onEvent })).toMatchObject({
      counts: { rows: 25_000 },
    })
    expect(progress).toEqual([10_000, 20_000, 25_000])
    expect(
      await fixture.rows(
        'select count(*)::int as n, sum(id)::int as total, max(name) as last from silver.countries',
      ),
    ).toEqual([{ n: 25_000, total: 312_487_500, last: 'name 9999' }])
  })

  const padding = `7,${'x'.repeat(2000)}\n`.repeat(700)

  it.each<[string, number, string, SeedSettings]>([
    ['ordinary values', 1, 'a,b\n1,x\n,\n-5,"y, ""z"""\n', {}],
    ['an empty value in quotes', 1, 'a,b\n1,""\n', {}],
    ['Windows line ends and a byte order mark', 1, '\ufeffa,b\r\n1,x\r\n2,y', {}],
    ['values over several lines', 1, 'a,b\n1,"x\ny"\n2,z\n', {}],
    ['values over several lines, with Windows line ends', 2, 'a,b\r\n1,"x\r\ny"\r\n', {}],
    ['mixed line ends', 2, 'a,b\n1,x\r\n2,y\r', {}],
    ['empty lines', 2, 'a,b\n\n1,x\n', {}],
    ['the word null', 2, 'a,b\n1,null\n', {}],
    ['a blank', 2, 'a,b\n1, \n', {}],
    ['a quote inside of a value', 2, 'a,b\n1,x"y"\n', {}],
    ['text behind a quote', 2, 'a,b\n1,"x"y\n', {}],
    ['blanks behind a quote', 2, 'a,b\n"1" ,"x" \n', {}],
    ['what ends the data of COPY', 2, 'b\nx\n\\.\ny\n', {}],
    ['what ends the data of COPY, in quotes', 2, 'a,b\n1,"x\n\\.\ny"\n', {}],
    ['numbers as people write them', 2, 'a,b\n"1,000",x\n$5,y\n', {}],
    ['a number without its fraction', 2, 'a,b\n1.0,x\n', {}],
    ['the last day of a month', 1, 'a,b\n2024-02-29,2024-12-31 23:59:59\n', {}],
    ['a date as nobody writes it', 2, 'a,b\n2024-1-5,x\n', {}],
    ['another delimiter', 1, "a'b\n1'x\n", { delimiter: "'" }],
    ['a delimiter of two bytes', 2, 'a§b\n1§x\n', { delimiter: '§' }],
    ['a declared type', 1, 'a,b\n"{1,2}",x\n', { columnTypes: { a: 'int[]' } }],
    ['another type behind a megabyte', 2, `a,b\n${padding}1.5,y\n`, {}],
    ['a value of the same type behind a megabyte', 1, `a,b\n${padding}8,y\n`, {}],
  ])('loads %s, and reads the file %i times', async (_, times, content, settings) => {
    expect(await seed(content, settings)).toMatchObject({ failure: null })
    expect(opened).toBe(times)
    const types = await columns()
    const loaded = await fixture.rows('select distinct * from silver.countries order by 1')
    // An empty line, which is a row of nulls, makes every file one that is read twice.
    const blank = `${content.replace(/[\r\n]+$/, '')}\n\n`
    expect(await seed(blank, settings)).toMatchObject({ failure: null })
    expect(await columns()).toEqual(types)
    const again = await fixture.rows('select distinct * from silver.countries order by 1')
    const nulls = (row: Record<string, unknown>) => Object.values(row).every((value) => value === null)
    expect(again.filter((row) => !nulls(row))).toEqual(loaded.filter((row) => !nulls(row)))
  })

  it('has the constraints of its columns, and keeps its rows where the file violates them', async () => {
    const rule = (
      type: EnforcedConstraint['type'],
      column: string,
      definition: string,
    ): EnforcedConstraint => ({
      type,
      columns: [column],
      definition,
      name: `countries__strata_${type}`,
      location,
    })
    const constraints = [
      rule('primary_key', 'code', 'primary key ("code")'),
      rule('not_null', 'name', 'check ("name" is not null)'),
      rule('check', 'code', "check (code ~ '^[a-z]{2}$')"),
    ]
    const made = () =>
      fixture.rows(`select conname as made from pg_constraint where conrelid = 'silver.countries'::regclass and contype <> 'n'
        union all select attname from pg_attribute where attrelid = 'silver.countries'::regclass and attnum > 0 and attnotnull order by 1`)
    const all = ['code', 'countries__strata_check', 'countries__strata_primary_key', 'name']
    for (const rows of ['at,Austria', 'at,Austria\nde,Germany'])
      expect(await seed(`code,name\n${rows}`, { constraints })).toMatchObject({ failure: null })
    expect(await made()).toEqual(all.map((one) => ({ made: one })))
    const wrong = async (rows: string) => (await seed(`code,name\n${rows}`, { constraints })).failure
    expect(await wrong('at,Austria\nat,Australia')).toMatchObject({
      code: 'CONSTRAINT_VIOLATED',
      message: expect.stringContaining('primary key ("code") (seeds/seeds.yml:4:7): Key (code)=(at)'),
      hint: 'Nothing was changed. Mend such rows in the file, or take the constraint back.',
    })
    expect(await wrong('at,')).toMatchObject({ message: expect.stringContaining('column name') })
    expect(await wrong('AT,Austria')).toMatchObject({ code: 'CONSTRAINT_VIOLATED' })
    expect(await fixture.rows('select code from silver.countries order by 1')).toEqual([
      { code: 'at' },
      { code: 'de' },
    ])
    expect(await seed('code,name\nat,Austria')).toMatchObject({ failure: null })
    expect(await made()).toEqual([])
  })

  it('keeps what others have put on the table, and brings its indexes and grants', async () => {
    await seed('code,name\nde,Germany\n')
    await fixture.execute(
      'create index by_hand on silver.countries (name)',
      'alter table silver.countries add constraint short check (length(code) = 2)',
    )
    const options = { indexes: [{ columns: ['code'], name: 'by_code' }], grants: { select: ['public'] } }
    expect(await seed('code,name\nfr,France\n', options as SeedSettings)).toMatchObject({ failure: null })
    expect(
      await fixture.rows(`select indexrelid::regclass::text as name from pg_index
        where indrelid = 'silver.countries'::regclass
        union all select conname from pg_constraint where conrelid = 'silver.countries'::regclass and contype = 'c'
        union all select 'readable' from pg_class where oid = 'silver.countries'::regclass and relacl::text like '%=r/%'
        order by 1`),
    ).toEqual([
      { name: 'readable' },
      { name: 'short' },
      { name: 'silver.by_code' },
      { name: 'silver.by_hand' },
    ])
    expect((await seed('code,name\nfra,France\n')).failure).toMatchObject({
      message: expect.stringContaining('the constraint short, which somebody added'),
    })
  })
})
