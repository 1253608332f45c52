import { quoteIdentifier } from '@strata/core'
import { createTestDatabase, describeServers, type TestDatabase } from '@strata/postgres/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { truths } from './index.ts'
import { relationsOf, useText } from './relations-of.ts'
import { sharedRelations } from './shared-relations.ts'

test('there are enough of them, and each has a title of its own', () => {
  const titles = Object.values(truths).flatMap((ofTopic) => ofTopic.map(({ title }) => title))
  expect(titles.length).toBeGreaterThanOrEqual(170)
  expect(new Set(titles).size).toBe(titles.length)
})

describe.each(Object.entries(truths))('%s', (_topic, ofTopic) => {
  test('name relations and columns that there are', () => {
    for (const { title, columns, filter, join, group, order, ...truth } of ofTopic) {
      const known = new Map(relationsOf(truth).map(({ text, names }) => [text, names.map(useText)]))
      const uses = [
        ...Object.values(columns).flatMap((one) => (typeof one === 'string' ? [one] : Object.values(one))),
        ...[filter, join, group, order].filter((one) => one !== undefined),
      ]
      for (const use of uses.flatMap((text) => text.split(/\s+/)).filter((text) => text !== '')) {
        const [whole, column] = use
          .replace('~', '')
          .split('->')[0]!
          .split(/\.(?=[^.]+$)/) as [string, string]
        expect(known.get(whole), `${title}: ${use}`).toContain(column)
      }
    }
  })
})

describeServers('the queries of the truths', (server) => {
  let at: TestDatabase
  beforeAll(async () => {
    at = await createTestDatabase(server)
    await at.database.query('create schema bronze')
    for (const [name, columns] of Object.entries(sharedRelations))
      await at.database.query(`create table ${name} (${columns})`)
  })
  afterAll(() => at.drop())

  test.each(Object.entries(truths))(
    'about %s are taken by Postgres, and have these columns',
    async (_topic, ofTopic) => {
      await at.database.session(async (session) => {
        const { rows } = await session.query<{ version: number }>(
          "select current_setting('server_version_num')::int / 10000 as version",
        )
        for (const { title, sql, relations = {}, columns, since = 0 } of ofTopic) {
          if (rows[0]!.version < since) continue
          await session.query('begin')
          for (const [name, definition] of Object.entries(relations))
            await session.query(`create table ${quoteIdentifier(name)} (${definition})`)
          const found = await session.query(`select * from (${sql}\n) as truth limit 0`).then(
            ({ fields }) => fields.map(({ name }) => name),
            (error: Error) => error.message,
          )
          await session.query('rollback')
          expect.soft(found, title).toEqual(Object.keys(columns))
        }
      })
    },
  )
})
