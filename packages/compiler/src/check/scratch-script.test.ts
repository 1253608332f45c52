import { createTestDatabase, describeServers } from '@strata/postgres/testing'
import { expect, test } from 'vitest'
import { type Piece, runPieces } from './scratch-script.ts'

function view(name: string, select: string): Piece {
  return { sql: `create view ${name} as ${select}`, done: `to_regclass('${name}') is not null` }
}

describeServers('statements in one round trip', (server) => {
  const run = async (pieces: readonly Piece[]) => {
    const { database, drop } = await createTestDatabase(server)
    try {
      return await database.session(async (session) => {
        const failure = await runPieces(session, pieces)
        const { rows } = await session.query<{ name: string }>(
          "select relname::text as name from pg_class where relnamespace = 'public'::regnamespace order by oid",
        )
        return { failure, there: rows.map(({ name }) => name) }
      })
    } finally {
      await drop()
    }
  }

  test('are all made but for what is refused and what follows', async () => {
    const { failure, there } = await run([
      view('a', 'select 1 as x'),
      view('b', 'select nope'),
      view('c', 'select 2'),
    ])
    expect(failure).toMatchObject({ index: 1, offset: 24 })
    expect(there).toEqual(['a'])
  })

  test('are made up to one that the grammar of the server has not, for nothing of such a text runs', async () => {
    const { failure, there } = await run([
      view('a', 'select 1 as x'),
      view('b', 'select from from'),
      view('c', 'select 2'),
    ])
    expect(failure).toMatchObject({ index: 1, error: { sqlstate: '42601' } })
    expect(there).toEqual(['a'])
  })

  test('tell of what is wrong before one that the grammar of the server has not', async () => {
    const { failure } = await run([
      view('a', 'select 1 as x'),
      view('b', 'select 1 + true as x'),
      view('c', 'select from from'),
    ])
    expect(failure).toMatchObject({ index: 1, error: { sqlstate: '42883' } })
  })

  test('are asked one by one where a refusal names no place', async () => {
    const nested = `${'('.repeat(20_000)}1${')'.repeat(20_000)}`
    const { failure, there } = await run([view('a', 'select 1 as x'), view('b', `select ${nested} as x`)])
    expect(failure).toMatchObject({ index: 1 })
    expect(there).toEqual(['a'])
  })
})
