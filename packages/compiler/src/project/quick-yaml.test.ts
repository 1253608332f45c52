import { describe, expect, it } from 'vitest'
import { quickYaml } from './quick-yaml.ts'
import { wholeYaml } from './whole-yaml.ts'
import { findPlace, type YamlPath, type YamlPlaces } from './yaml-places.ts'

const ordinary = [
  `# a comment
version: 2

models:
  - name: orders   # another
    description: "One row, per \\"order\\": {{ doc('orders') }}"
    config:
      materialized: table
      tags: [nightly, 'fin ance', -1, 2.5, yes]
      meta: {owner: me, nested: {a: [1, {b: 2}]}, "quoted": x}
    columns:
    - name: id
      data_tests:
        - unique
        - not_null:
            config: {severity: warn}
        - accepted_values:
            values: [
              'a', # first
              "b",
            ]
    - name: note
      description: plain text
        that goes on

        after a blank line
`,
  `---
a: |
  kept as it
    is: here

b: >-
  folded
  text

  with a paragraph
c: |+
  all

d: 'it''s
  folded too'
e:
  on a line of its own
f:
g: ~
list:
- - nested
  - list
-
  k: v
- url: http://host/path#part
  time: 12:30
  dash: -x
`,
  'just: one line',
  'ends: |\n  without a\n  line break',
  'a: >+\n  folded\n  so',
  '- a\n- b\n',
  '',
  '# nothing\n',
]

const unusual = [
  'a: &x 1\nb: *x\n',
  'base: &b {x: 1}\nc:\n  <<: *b\n  y: 2\n',
  'a: 1\na: 2\n',
  'a: !!str 1\n',
  'a:\t1\n',
  'a: 1\n---\nb: 2\n',
  '? a\n: b\n',
  'a: {{ x }}\n',
  'a: [1\n',
  'a: b: c\n',
  'a: 1\n  b: 2\n',
  'models:\n - name: a\n   x: 1\n  y: 2\n',
  '__proto__: {a: 1}\n',
  'a: "\\u00e9"\n',
  'a: "x" y\n',
]

describe('the quick YAML reader', () => {
  it('reads ordinary files as the whole parser does', () => {
    for (const text of ordinary) {
      expect(quickYaml(text), text).not.toBeNull()
      expectSame(text)
    }
  })

  it('leaves what is unusual, or wrong, to the whole parser', () => {
    for (const text of unusual) expect(quickYaml(text), text).toBeNull()
  })

  it('never answers otherwise than the whole parser, whatever is done to a file', () => {
    const random = randomNumbers(20)
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
    const bits = [
      ' ',
      '  ',
      '\n',
      '\n  ',
      ': ',
      ':',
      '- ',
      '#',
      ' #',
      '"',
      "'",
      '[',
      ']',
      '{',
      '}',
      ',',
      '|',
      '>',
    ]
    bits.push(
      'a',
      '1',
      '---',
      '\n...',
      '&a ',
      '*a',
      '!x',
      '\\',
      '😀',
      '%',
      '@',
      '? ',
      '\n    - b: c',
      '\n  x: y',
    )
    let read = 0
    for (let round = 0; round < 1500; round++) {
      let text = pick(ordinary)
      for (let change = 0; change <= random() * 3; change++) {
        const at = Math.floor(random() * text.length)
        const cut = random() < 0.4 ? Math.floor(random() * 4) : 0
        text = text.slice(0, at) + (cut === 0 ? pick(bits) : '') + text.slice(at + cut)
      }
      if (expectSame(text)) read++
    }
    expect(read).toBeGreaterThan(200)
  })
})

/** False where the quick reader leaves the text alone. */
function expectSame(text: string): boolean {
  const quick = quickYaml(text)
  if (quick === null) return false
  const whole = wholeYaml(text)
  expect(whole.complaints, text).toEqual([])
  expect(quick.value ?? null, text).toEqual(whole.value ?? null)
  const paths = pathsOf(quick.value)
  const places = (value: unknown, of: YamlPlaces | null) => paths.map((path) => findPlace(value, of!, path))
  expect(places(quick.value, quick.places), text).toEqual(places(whole.value, whole.places))
  return true
}

function pathsOf(value: unknown, at: YamlPath = []): YamlPath[] {
  // Where nothing is written there is no place to agree on.
  if (value === null) return []
  if (typeof value !== 'object') return [at]
  return [
    ...(at.length === 0 ? [] : [at]),
    ...Object.entries(value).flatMap(([key, inner]) =>
      pathsOf(inner, [...at, Array.isArray(value) ? Number(key) : key]),
    ),
  ]
}

function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
