import { afterAll, beforeAll, expect, test } from 'vitest'
import { createModelsProject, type ModelsProject } from '../run-models.ts'

let project: ModelsProject
beforeAll(() => {
  project = createModelsProject('clinical')
})
afterAll(() => project.remove())

test('a source that is selected is listed with the job that lands it, unless jobs are not asked for', async () => {
  const list = async (...words: readonly string[]) =>
    (await project.run('list', '--select', 'source:gohighlevel', ...words)).stdout
  expect(await list()).toBe('job        gohighlevel.contacts\nsource     gohighlevel.contacts\n')
  expect(await list('--resource-type', 'source')).toBe('source     gohighlevel.contacts\n')
  expect(await list('--exclude-resource-type', 'job')).toBe('source     gohighlevel.contacts\n')
})
