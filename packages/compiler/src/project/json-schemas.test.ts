import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import glob from 'fast-glob'
import { describe, expect, it } from 'vitest'
import { jsonSchemas } from './json-schemas.ts'
import { parseProjectFile } from './parse-project-file.ts'
import { parseProperties } from './parse-properties.ts'

const root = join(import.meta.dirname, '../../../..')
const folder = join(root, 'schemas')

interface JsonSchema {
  readonly properties: { readonly [key: string]: JsonSchema }
  readonly description?: string
}

describe('the JSON Schemas for editors', () => {
  it.each([...jsonSchemas()])('schemas/%s is what scripts/write-json-schemas.ts writes', (name, text) => {
    expect(JSON.parse(readFileSync(join(folder, name), 'utf8'))).toEqual(JSON.parse(text))
  })

  it('know every block, and explain the keys that are ours', () => {
    const schema = (name: string) => JSON.parse(jsonSchemas().get(name)!) as JsonSchema
    expect(Object.keys(schema('properties.json').properties)).toEqual(
      expect.arrayContaining(['version', 'models', 'sources', 'unit_tests', 'exposures', 'snapshots']),
    )
    expect(schema('project.json').properties['targets']!.description).toContain('schema prefixes')
    expect(Object.keys(schema('selectors.json').properties)).toEqual(['version', 'selectors'])
  })

  it('come from checks that this repository passes', () => {
    const read = (path: string) => ({ path, text: readFileSync(join(root, path), 'utf8') })
    const files = glob.sync('{models,sources,tests}/**/*.yml', { cwd: root })
    expect(files.length).toBeGreaterThan(2)
    expect(parseProperties(files.map(read)).diagnostics).toEqual([])
    expect(parseProjectFile(read('strata.yml')).diagnostics).toEqual([])
  })
})
