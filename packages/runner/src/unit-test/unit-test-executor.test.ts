import type {
  Database,
  Fixture,
  FixtureRow,
  RelationName,
  RelationShape,
  StepContext,
  UnitTestExpectation,
  UnitTestInput,
  UnitTestStep,
} from '@strata/core'
import { createTestDatabase, describeOldestServer } from '@strata/postgres/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Detached } from './input-columns.ts'
import { createUnitTestExecutor, type UnitTestExecutorOptions } from './unit-test-executor.ts'

const shape: RelationShape = { relation: null, declared: [], complete: false }

const rows = (...list: readonly FixtureRow[]): Fixture => ({ kind: 'rows', rows: list, texts: false })

function input(name: string, fixture: Fixture, more: Partial<UnitTestInput> = {}): UnitTestInput {
  return { node: `model.shop.${name}`, name, label: `ref('${name}')`, shape, fixture, ...more }
}

function there(name: string): Partial<UnitTestInput> {
  return { shape: { ...shape, relation: { schema: 'shop', name } } }
}

function expectation(select: string, fixture: Fixture, cte: string | null = null): UnitTestExpectation {
  return { cte, select, fixture }
}

describeOldestServer('a unit test step', (server) => {
  let database: Database
  let drop: () => Promise<void>
  beforeEach(async () => {
    ;({ database, drop } = await createTestDatabase(server))
    await database.query('create schema shop')
  })
  afterEach(() => drop())

  const run = (
    inputs: readonly UnitTestInput[],
    expectations: readonly UnitTestExpectation[],
    options: Partial<UnitTestExecutorOptions> = {},
    more: Partial<UnitTestStep> = {},
  ) => {
    const context: StepContext = {
      runId: 'r',
      target: {
        name: 't',
        database: 'd',
        prefix: '',
        defaultSchema: 's',
        landingSchema: 'b',
        extract: false,
        threads: 1,
      },
      emit() {},
      signal: new AbortController().signal,
      clock: () => new Date(),
    }
    const step: UnitTestStep = {
      kind: 'unit_test',
      id: 'unit_test.shop.m.t',
      name: 'm::t',
      parents: [],
      intent: 'test',
      reason: '',
      model: 'model.shop.m',
      late: false,
      inputs,
      expectations,
      ...more,
    }
    return createUnitTestExecutor({ database, ...options })(step, context)
  }
  describe('compares', () => {
    const given = [input('x', rows({ id: 1, price: 1.5, at: '2024-01-01' }, { id: 2 }))]
    const differenceOf = async (select: string, fixture: Fixture, inputs = given) =>
      (await run(inputs, [expectation(select, fixture)])).failure?.differences?.[0]

    it('the columns that are expected, by value, in any order, as often as they come', async () => {
      const select = 'select id::bigint, price * 2 as price, at::timestamp as at, 7 as other from x'
      const passing = rows({ price: null, id: 2 }, { id: 1, price: '3.00' })
      expect(await run(given, [expectation(select, passing)])).toEqual({
        status: 'success',
        action: 'test',
        message: 'passed',
        counts: {},
      })
      expect(await differenceOf(`${select} union all ${select}`, rows({ id: 1 }, { id: 2 }))).toMatchObject({
        columns: ['id'],
        rows: [
          { kind: 'unexpected', actual: ['1'] },
          { kind: 'unexpected', actual: ['2'] },
        ],
        expected: 2,
        actual: 4,
        more: 0,
      })
    })

    it('and shows missing, unexpected and changed rows', async () => {
      const fixture = rows({ id: 1, price: 1.5, at: '2024-01-02' }, { id: 3, price: 9, at: null })
      const { status, counts, failure } = await run(given, [expectation('select * from x', fixture)])
      expect([status, counts, failure?.code]).toEqual(['failed', { failures: 1 }, 'UNIT_TEST_FAILED'])
      expect(failure?.differences?.[0]?.rows).toEqual([
        {
          kind: 'changed',
          expected: ['1', '1.5', '2024-01-02'],
          actual: ['1', '1.5', '2024-01-01'],
          differs: [false, false, true],
        },
        { kind: 'missing', expected: ['3', '9', null] },
        { kind: 'unexpected', actual: ['2', null, null] },
      ])
    })

    it('and marks in changed rows what the comparison takes for different, whatever its text', async () => {
      const select = `select id, 50.0 as share, interval '1 day' as every, '{"a": 1.0}'::jsonb as doc, 'x' as name from x`
      const same = { share: 50, every: '24:00:00', doc: { a: 1 } }
      const fixture = rows({ id: 1, ...same, name: 'x' }, { id: 2, ...same, name: 'y' })
      expect((await differenceOf(select, fixture))?.rows).toEqual([
        {
          kind: 'changed',
          expected: ['2', '50', '24:00:00', '{"a": 1}', 'y'],
          actual: ['2', '50.0', '1 day', '{"a": 1.0}', 'x'],
          differs: [false, false, false, false, true],
        },
      ])
    })

    it('and leaves a slip in the name of a column to the server to mend', async () => {
      await expect(
        run(given, [expectation('select prise from x', rows({ price: 1 }))]),
      ).rejects.toMatchObject({
        sqlstate: '42703',
        hint: 'Perhaps you meant to reference the column "x.price".',
      })
      await expect(
        run(given, [expectation('select zzzzzzz from x', rows({ price: 1 }))]),
      ).rejects.toMatchObject({ hint: expect.stringContaining('Columns that no row names') })
    })

    it('no rows, SQL, upper case, values without equality, lists and documents', async () => {
      expect(await differenceOf('select * from x where false', rows())).toBeUndefined()
      expect(await differenceOf('select * from x', rows())).toMatchObject({
        columns: ['id', 'price', 'at'],
        actual: 2,
      })
      expect(
        await differenceOf('select id, 5 as n from x', {
          kind: 'sql',
          sql: "select '2' as ID union select '1';",
        }),
      ).toBeUndefined()
      expect(await differenceOf('select id as "Id" from x', rows({ ID: 1 }, { ID: 2 }))).toBeUndefined()
      const odd = `select '{"a": 1}'::json as j, point(1, 2) as p, '{1,2}'::int[] as l, '[1,2]'::jsonb as b`
      expect(
        await differenceOf(odd, rows({ j: { a: 1.0 }, p: '(1,2)', l: [1, 2], b: [1, 2] })),
      ).toBeUndefined()
      expect(await differenceOf(odd, rows({ j: '{"a":2}' }))).toMatchObject({
        rows: [{ kind: 'missing' }, { kind: 'unexpected' }],
      })
    })

    it('many rows', async () => {
      const many = Array.from({ length: 1500 }, (_, id) => ({ id, name: `n${id}` }))
      const select = 'select * from x'
      expect(await differenceOf(select, rows(...many), [input('x', rows(...many))])).toBeUndefined()
      const difference = await differenceOf(select, rows(...many), [input('x', rows({ id: -1, name: '' }))])
      expect(difference).toMatchObject({ expected: 1500, actual: 1, more: 1461 })
      expect(difference?.rows).toHaveLength(40)
    })

    it('several expressions of a model, each by itself', async () => {
      const outcome = await run(given, [
        expectation('select id from x', rows({ id: 1 }, { id: 2 }), 'a'),
        expectation('select id from x', rows({ id: 1 }), 'b'),
        expectation('select id from x', rows({ id: 2 })),
      ])
      expect(outcome.failure?.differences?.map(({ cte }) => cte)).toEqual(['b', null])
      expect(outcome.message).toContain('b: 1 row unexpected')
    })
  })

  describe('names', () => {
    const refused = (inputs: readonly UnitTestInput[], fixture: Fixture, select = 'select * from x') =>
      run(inputs, [expectation(select, fixture)]).then(
        () => 'passed',
        (error: Error & { code?: string; hint?: string }) =>
          `${error.code}: ${error.message} (${error.hint})`,
      )
    const one = [input('x', rows({ id: 1, n: 1 }))]

    it('the row and column of a value that is none of its type', async () => {
      expect(await refused(one, rows({ id: 1 }, { id: 'ü', n: 1 }))).toContain(
        'BAD_FIXTURE_VALUE: row 2, column "id" of the expected rows: invalid input syntax for type integer: "ü"',
      )
      await database.query('create table shop.x (id int, at date)')
      const bad = input('x', rows({ id: 1, at: '2024-02-31' }), there('x'))
      expect(await refused([bad], rows({ id: 1 }))).toContain(`row 1, column "at" of ref('x'): `)
    })

    it('a column that is not there', async () => {
      expect(await refused(one, rows({ idd: 1 }))).toBe(
        'UNKNOWN_COLUMN: the result of the model has no column "idd" (Its columns are id, n.)',
      )
      await database.query('create table shop.x (id int)')
      expect(await refused([input('x', rows({ idd: 1 }), there('x'))], rows({ id: 1 }))).toBe(
        `UNKNOWN_COLUMN: ref('x') has no column "idd" (Its columns are id.)`,
      )
    })

    it('the rows that are SQL the server refuses', async () => {
      const sql: Fixture = { kind: 'sql', sql: 'select nothing as id' }
      expect(await refused(one, sql)).toContain('BAD_FIXTURE: the expected rows: column "nothing"')
      expect(await refused([input('x', sql)], rows({ id: 1 }))).toContain(
        "BAD_FIXTURE: the rows of ref('x'): ",
      )
    })

    it('the cell at fault, as it is written, for whoever knows the file', async () => {
      const cellOf = (inputs: readonly UnitTestInput[], ...fixtures: readonly Fixture[]) =>
        run(
          inputs,
          fixtures.map((fixture) => expectation('select * from x', fixture)),
        ).then(
          () => null,
          (error: { cell?: unknown }) => error.cell,
        )
      const bad = rows({ ID: 1 }, { ID: 'ü' })
      expect(await cellOf(one, rows({ id: 1 }), bad)).toEqual({
        of: 'expected',
        index: 1,
        row: 1,
        column: 'ID',
      })
      expect(await cellOf(one, rows({ idd: 1 }))).toEqual({
        of: 'expected',
        index: 0,
        row: null,
        column: 'idd',
        known: ['id', 'n'],
      })
      await database.query('create table shop.x (id int)')
      const given = [input('y', rows({ a: 1 })), input('x', rows({ id: 'ü' }), there('x'))]
      expect(await cellOf(given, rows({ id: 1 }))).toEqual({ of: 'given', index: 1, row: 0, column: 'id' })
    })

    it('what is wrong with the SELECT itself', async () => {
      expect(await refused(one, rows({ id: 1 }), 'select nothing from x')).toMatch(
        /^UNKNOWN_COLUMN.*give the column in a row/,
      )
    })
  })

  describe('knows the types of given rows', () => {
    const typesOf = (name: string, columns: readonly string[]) =>
      expectation(
        `select ${columns.map((column) => `pg_typeof(${column})::text as ${column}`).join(', ')} from ${name}`,
        rows({}),
      )
    const found = async (
      given: UnitTestInput,
      columns: readonly string[],
      options: Partial<UnitTestExecutorOptions> = {},
    ) => {
      const { select } = typesOf(given.name, columns)
      const wrong = rows(Object.fromEntries(columns.map((column) => [column, '?'])))
      const { failure } = await run([given], [expectation(select, wrong)], options)
      const row = failure?.differences?.[0]?.rows.find(({ kind }) => kind === 'unexpected')
      return row !== undefined && 'actual' in row ? row.actual : []
    }

    it('from the relation, whole: what a row does not have is null, and nothing is cut', async () => {
      await database.query('create domain shop.tag as varchar(2) not null')
      await database.query(
        'create table shop.x (id bigint, code varchar(2), n numeric(4,1), t shop.tag, j jsonb[])',
      )
      const given = input('x', rows({ ID: 1, code: 'long' }), there('x'))
      expect(await found(given, ['id', 'code', 'n', 't', 'j'])).toEqual([
        'bigint',
        'character varying',
        'numeric',
        'character varying',
        'jsonb[]',
      ])
      expect(
        (await run([given], [expectation('select code, n from x', rows({ code: 'long', n: null }))])).status,
      ).toBe('success')
    })

    it('from what is declared, where that is all of it', async () => {
      const declared = [
        { name: 'id', dataType: 'smallint' },
        { name: 'day', dataType: 'date' },
      ]
      const given = input('x', rows({ id: 1 }), { shape: { relation: null, declared, complete: true } })
      expect(await found(given, ['id', 'day'])).toEqual(['smallint', 'date'])
    })

    it('from the SELECT of its model, and of those before it, where none of them is there', async () => {
      const detached = (id: string): Detached | null => {
        if (id === 'model.shop.x')
          return {
            select: 'select *, id * 2 as twice from y',
            inputs: [{ node: 'model.shop.y', name: 'y', shape }],
          }
        return id === 'model.shop.y' ? { select: 'select 1::bigint as id, now() as at', inputs: [] } : null
      }
      expect(await found(input('x', rows({ id: 1 })), ['id', 'at', 'twice'], { detached })).toEqual([
        'bigint',
        'timestamp with time zone',
        'bigint',
      ])
      const broken = () => ({ select: 'select nothing', inputs: [] })
      expect(await found(input('x', rows({ id: 1 })), ['id'], { detached: broken })).toEqual(['integer'])
    })

    it('from the values, where there is nothing else', async () => {
      const csv: Fixture = { kind: 'rows', rows: [{ Id: '1', note: 'x', extra: null }], texts: true }
      const declared = [
        { name: 'extra', dataType: 'uuid' },
        { name: 'more', dataType: null },
      ]
      const given = input('x', csv, { shape: { relation: null, declared, complete: false } })
      expect(await found(given, ['id', 'note', 'extra', 'more'])).toEqual(['integer', 'text', 'uuid', 'text'])
    })
  })

  it('puts tables in the place of inputs where a template asks about them, and leaves nothing behind', async () => {
    await database.query('create table shop.x (id int)')
    const given = [input('x', rows({ id: 1 }, { id: 2 }), there('x')), input('y', rows({ a: 'b' }))]
    const asked: unknown[] = []
    const outcome = await run(
      given,
      [expectation('', rows({ n: 2 }))],
      {
        async render(_step, tables: ReadonlyMap<string, RelationName>, ask) {
          const { schema, name } = tables.get('x')!
          const { rows: counted } = await ask({ sql: `select count(*) from "${schema}"."${name}"` })
          asked.push(...counted)
          return [`select ${String(counted[0]![0])} as n from "${tables.get('y')!.schema}".y`]
        },
      },
      { late: true },
    )
    expect([outcome.status, asked]).toEqual(['success', [['2']]])
    const { rows: left } = await database.query(`select from pg_class where relpersistence = 't'`)
    expect(left).toEqual([])
  })

  it('puts tables in their place where a SELECT calls columns by the table', async () => {
    await database.query('create table shop.orders (id int)')
    const given = [input('x', rows({ id: 1 }), there('orders'))]
    const outcome = await run(given, [expectation('select orders.id from x', rows({ id: 1 }))], {
      async render(_step, tables) {
        const { schema, name } = tables.get('x')!
        return [`select orders.id from "${schema}"."${name}"`]
      },
    })
    expect(outcome.status).toBe('success')
  })

  it.each([
    'insert into shop.log values (1); commit',
    'rollback; insert into shop.log values (1)',
    '/* x */ End',
  ])('refuses a template that would end the transaction: %s', async (sql) => {
    await database.query('create table shop.log (n int)')
    const outcome = run(
      [],
      [expectation('', rows({ n: 1 }))],
      {
        async render(_step, _tables, ask) {
          await ask({ sql })
          return ['select 1 as n']
        },
      },
      { late: true },
    )
    await expect(outcome).rejects.toMatchObject({ code: 'TRANSACTION_CONTROL' })
    expect((await database.query('select from shop.log')).rowCount).toBe(0)
  })

  it('rolls back what a SELECT does', async () => {
    await database.query('create table shop.log (n int)')
    await database.query(
      'create function shop.note() returns int language sql volatile as $$ insert into shop.log values (1) returning n $$',
    )
    await run([], [expectation('select shop.note() as n', rows({ n: 1 }))])
    expect((await database.query('select from shop.log')).rowCount).toBe(0)
  })
})
