import { describe, expect, it } from 'vitest'
import { parseYaml } from './yaml-document.ts'

const parse = (text: string) => parseYaml({ path: 'a.yml', text })

describe('YAML files', () => {
  it('count columns in characters, not in UTF-16 units', () => {
    const { document } = parse('😀: { key: 1, other: 2 }\n')
    expect(document!.locateKey(['😀', 'other'])).toMatchObject({ line: 1, column: 14 })
  })

  it('may end their lines as Windows does', () => {
    const { document, diagnostics } = parse('a: |\r\n  x\r\n  y\r\nb:\r\n  - c\r\n')
    expect(diagnostics).toEqual([])
    expect(document!.value).toEqual({ a: 'x\ny\n', b: ['c'] })
    expect(document!.locate(['b', 0])).toMatchObject({ line: 5, column: 5 })
  })

  it('warn of a key that stands twice, of which the last counts', () => {
    const { document, diagnostics } = parse('a: 1\nb: 2\na: 3\n')
    expect(document!.value).toEqual({ a: 3, b: 2 })
    expect(document!.locate(['a'])).toMatchObject({ line: 3, column: 4 })
    expect(diagnostics).toMatchObject([
      { code: 'DUPLICATE_KEY', severity: 'warning', location: { line: 3, column: 1 } },
    ])
  })

  it('may repeat pieces by anchors, aliases and merge keys', () => {
    const { document, diagnostics } = parse(
      'one: &one { a: 1, b: 2 }\ntwo: &two { b: 3, c: 4 }\nboth:\n  <<: [*one, *two]\n  d: 5\nagain: *one\n',
    )
    expect(diagnostics).toEqual([])
    expect(document!.value).toMatchObject({ both: { a: 1, b: 2, c: 4, d: 5 }, again: { a: 1, b: 2 } })
    expect(document!.locate(['both', 'd'])).toMatchObject({ line: 5, column: 6 })
    expect(document!.locate(['again', 'b'])).toMatchObject({ line: 1 })
  })

  it('add no line break to a block scalar that ends with the file', () => {
    expect(parse('a: |\n  x\n  y').document!.value).toEqual({ a: 'x\ny' })
    expect(parse('a: &a |\n  x\n  y').document!.value).toEqual({ a: 'x\ny' })
    expect(parse('a: |\n  x\n  y\n').document!.value).toEqual({ a: 'x\ny\n' })
  })

  it('keep a key as it is written, though a value so written would be something else', () => {
    expect(parse('on: &a on\n1.0: x\n').document!.value).toEqual({ on: true, '1.0': 'x' })
    expect(parse('on: on\n1.0: x\n').document!.value).toEqual({ on: true, '1.0': 'x' })
  })

  it.each([
    ['a: 1\n---\nb: 2\n', 'several YAML documents', 'one document a file'],
    ['a:\n\t- b\n', 'Tabs', 'spaces'],
    ['a: [1, 2\n', 'the bracket [ that begins here is never closed', 'with ]'],
    ['a: "x\nb: y\n', 'the quote " that begins here is never closed', 'with "'],
    ['a: b: c\n', '', ''],
  ])('hold one mistake at a time: %j', (text, message, hint) => {
    const { document, diagnostics } = parse(text)
    expect(document).toBeNull()
    expect(diagnostics).toMatchObject([
      {
        code: 'BAD_YAML',
        severity: 'error',
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      },
    ])
  })

  it('may close a bracket at the margin, as other YAML parsers let them', () => {
    const { document, diagnostics } = parse('a: &x [\n  1\n]\nb:\n  c: [\n    2\n  ]\n')
    expect(diagnostics).toEqual([])
    expect(document!.value).toEqual({ a: [1], b: { c: [2] } })
  })
})
