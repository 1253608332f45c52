import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, embeddedServerStatus } from '../packages/postgres/src/index.ts'
import { createModelsProject, type ModelsProject } from './run-models.ts'
import { stepLines } from './step-lines.ts'

let project: ModelsProject
beforeAll(() => {
  project = createModelsProject('clinical')
})
afterAll(() => project.remove())

test('two commands at once in a fresh project share one server, and both succeed', async () => {
  const outcomes = await Promise.all([project.run('run'), project.run('run')])
  for (const outcome of outcomes) {
    expect(outcome.code, outcome.stdout + outcome.stderr).toBe(0)
    expect(stepLines(outcome.stdout).map((line) => line.mark)).toEqual(Array(9).fill('✓'))
  }

  const status = await embeddedServerStatus({ projectDirectory: project.directory })
  if (!status.running) throw new Error('the server has stopped already')
  const database = await connect({ url: status.url, applicationName: 'e2e' })
  const { rows } = await database.query('select status, count(*)::int from strata.runs group by status')
  await database.close()
  expect(rows).toEqual([{ status: 'success', count: 2 }])

  const tests = await project.run('test', '--quiet')
  expect(tests).toMatchObject({ code: 0, stdout: '', stderr: '' })
})
