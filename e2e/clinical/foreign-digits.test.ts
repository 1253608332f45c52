import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  createTestDatabase,
  describeServers,
  type TestDatabase,
} from '../../packages/postgres/src/testing/index.ts'
import { createModelsProject, type ModelsProject } from '../run-models.ts'

describeServers('a database whose collation is of ICU', (server) => {
  let own: TestDatabase
  let project: ModelsProject
  let name: string
  beforeAll(async () => {
    own = await createTestDatabase(server)
    name = `${new URL(own.url).pathname.slice(1)}_icu`
    await own.database.query(
      `create database ${name} template template0 encoding 'UTF8' locale_provider icu icu_locale 'en-US' locale 'C.UTF-8'`,
    )
    const url = new URL(own.url)
    url.pathname = `/${name}`
    project = createModelsProject('clinical', { DATABASE_URL: url.href })
  })
  afterAll(async () => {
    await project?.remove()
    await own.database.query(`drop database if exists ${name} with (force)`)
    await own.drop()
  })

  test('has more digits than ten, and values with them are null and fail no build', async () => {
    const { code, stdout, stderr } = await project.run(
      ...[
        'test',
        '--select',
        'patient_visits,test_type:unit',
        'appointments,test_type:unit',
        'visits,test_type:unit',
      ],
    )
    expect(code, stdout + stderr).toBe(0)
    expect(stdout).toContain('3 succeeded')
  })
})
