import { describe, expect, it } from 'vitest'
import { parseProperties } from './parse-properties.ts'

describe('properties files', () => {
  it('warn of an unknown key with its place and near misses, and keep the rest', () => {
    const text =
      'version: 2\nmodels:\n  - name: a\n    descripton: x\n    columns:\n      - name: id\n        test: [unique]\n'
    const { properties, diagnostics } = parseProperties([{ path: 'models/a.yml', text }])
    expect(properties.models.map(({ value }) => value.name)).toEqual(['a'])
    expect(diagnostics).toMatchObject([
      {
        code: 'UNKNOWN_KEY',
        severity: 'warning',
        hint: expect.stringContaining('tests'),
        location: { line: 7, column: 9 },
      },
      {
        code: 'UNKNOWN_KEY',
        severity: 'warning',
        hint: 'Did you mean "description"?',
        location: { line: 4, column: 5 },
      },
    ])
  })

  it('tell the place and kind of a wrong value', () => {
    const text =
      'version: 2\nsources:\n  - name: cc\n    tables:\n      - name: patients\n        job: { endpoint: patients }\n'
    const { diagnostics } = parseProperties([{ path: 'sources/cc.yml', text }])
    expect(diagnostics).toMatchObject([
      {
        code: 'BAD_VALUE',
        severity: 'error',
        message: expect.stringContaining('an endpoint begins with /'),
        location: { line: 6, column: 26 },
      },
    ])
  })

  it('tell what is missing', () => {
    const { diagnostics } = parseProperties([{ path: 'm.yml', text: 'models:\n  - description: no name\n' }])
    expect(diagnostics).toMatchObject([
      { code: 'MISSING_KEY', message: 'models[0].name is missing', location: { line: 2 } },
    ])
  })

  it('report every syntax error of every file at once', () => {
    const { diagnostics } = parseProperties([
      { path: 'a.yml', text: 'models:\n  - name: [a\n' },
      { path: 'b.yml', text: 'models:\n\t- name: a\n' },
    ])
    expect(new Set(diagnostics.map(({ location }) => location.file))).toEqual(new Set(['a.yml', 'b.yml']))
    expect(diagnostics.every(({ code }) => code === 'BAD_YAML')).toBe(true)
  })

  it('keep a key named __proto__ from doing harm', () => {
    const { diagnostics } = parseProperties([
      { path: 'a.yml', text: 'models:\n  - name: a\n    __proto__: { polluted: 1 }\n' },
    ])
    expect(diagnostics.every(({ severity }) => severity === 'warning')).toBe(true)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})
