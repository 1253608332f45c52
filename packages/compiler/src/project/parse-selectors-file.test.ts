import { describe, expect, it } from 'vitest'
import { parseSelectorsFile } from './parse-selectors-file.ts'

const parse = (text: string) => parseSelectorsFile({ path: 'selectors.yml', text })

describe('selectors.yml', () => {
  it('holds definitions of every kind', () => {
    const { selectors, diagnostics } = parse(`
selectors:
  - name: line
    description: as on the command line
    definition: tag:nightly+
  - name: short
    default: true
    definition: { tag: nightly }
  - name: nested
    definition:
      union:
        - method: path
          value: models/gold
          parents: true
          parents_depth: 2
          indirect_selection: cautious
          exclude: [{ tag: slow }, "path:x"]
        - intersection:
            - { config.materialized: table }
            - { method: selector, value: line }
        - exclude:
            - { method: fqn, value: "*" }
`)
    expect(diagnostics).toEqual([])
    expect(selectors.map(({ value }) => [value.name, value.default, typeof value.definition])).toEqual([
      ['line', false, 'string'],
      ['short', true, 'object'],
      ['nested', false, 'object'],
    ])
    expect(selectors[1]!.document.locate([...selectors[1]!.path, 'definition', 'tag'])).toMatchObject({
      line: 8,
    })
  })

  it.each([
    ['union: { tag: a }', '"union" holds a list', 5],
    ['union: [a]\n      tag: b', '"union" stands alone in its definition, without "tag"', 5],
    ['tag: a\n      path: b', 'one key is expected here, not tag, path', 5],
    ['method: tag', 'selectors[0].definition.value is missing', 4],
    ['tga: a', 'there is no selector method "tga"', 5],
    ['method: tga\n      value: x', 'there is no selector method "tga"', 5],
    ['method: tag\n      value: a\n      parents_depth: deep', 'expected a number, found "deep"', 7],
    ['union:\n        - exclude: [a]\n        - exclude: [b]', 'a set has at most one "exclude"', 7],
    ['- a', 'text or a mapping, not a list', 5],
  ])('complains of %j', (definition, message, line) => {
    const { selectors, diagnostics } = parse(
      `selectors:\n  - name: bad\n    default: false\n    definition:\n      ${definition}\n  - { name: good, definition: x }\n`,
    )
    expect(diagnostics).toMatchObject([
      { severity: 'error', message: expect.stringContaining(message), location: { line } },
    ])
    expect(selectors.map(({ value }) => value.name)).toEqual(['good'])
  })

  it('warns of an unknown key, and refuses a name that stands twice', () => {
    const { diagnostics } = parse(
      'selectors:\n  - { name: a, definition: x }\n  - { name: a, definition: { method: tag, value: b, parent: true } }\n  - name: c\n',
    )
    expect(diagnostics).toMatchObject([
      { code: 'UNKNOWN_KEY', severity: 'warning', hint: expect.stringContaining('"parents"') },
      { code: 'DUPLICATE_SELECTOR', location: { line: 3 }, related: [{ location: { line: 2 } }] },
      { code: 'MISSING_KEY', message: 'selectors[2].definition is missing' },
    ])
  })
})
