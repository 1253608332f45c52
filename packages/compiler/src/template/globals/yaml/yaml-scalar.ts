/** What a plain scalar stands for in YAML 1.1, as PyYAML reads it. */
export type ScalarTag = 'bool' | 'float' | 'int' | 'merge' | 'null' | 'timestamp' | 'value' | 'str'

const patterns: readonly (readonly [ScalarTag, RegExp])[] = [
  ['bool', /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/],
  [
    'float',
    /^(?:[-+]?\d[\d_]*\.[\d_]*(?:[eE][-+]\d+)?|\.\d[\d_]*(?:[eE][-+]\d+)?|[-+]?\d[\d_]*(?::[0-5]?\d)+\.[\d_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  ],
  [
    'int',
    /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][\d_]*)|[-+]?0x[\da-fA-F_]+|[-+]?[1-9][\d_]*(?::[0-5]?\d)+)$/,
  ],
  ['merge', /^<<$/],
  ['null', /^(?:~|null|Null|NULL|)$/],
  [
    'timestamp',
    /^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/,
  ],
  ['value', /^=$/],
]

export function scalarTag(text: string): ScalarTag {
  for (const [tag, pattern] of patterns) if (pattern.test(text)) return tag
  return 'str'
}

export interface ScalarStyles {
  /** May stand without quotes, as far as its characters go. */
  readonly plain: boolean
  readonly single: boolean
  readonly multiline: boolean
}

const blank = '\0 \t\r\n\x85\u2028\u2029'
const breaks = '\n\x85\u2028\u2029'

/** Which ways of writing a text keep it whole. */
export function scalarStyles(text: string): ScalarStyles {
  if (text === '') return { plain: false, single: true, multiline: false }
  const characters = [...text]
  const last = characters.length - 1
  let plain = !/^(?:---|\.\.\.)/.test(text)
  let single = true
  let multiline = false
  characters.forEach((one, index) => {
    const before = index === 0 ? ' ' : characters[index - 1]!
    const blankAfter = index === last || blank.includes(characters[index + 1]!)
    if (index === 0) {
      if ('#,[]{}&*!|>\'"%@`'.includes(one) || ('?:-'.includes(one) && blankAfter)) plain = false
    } else if ((one === ':' && blankAfter) || (one === '#' && blank.includes(before))) plain = false
    const isBreak = breaks.includes(one)
    if (isBreak) {
      multiline = true
      if (before === ' ' && index > 0) single = false
    }
    if (one === ' ' && index > 0 && breaks.includes(before)) single = false
    if ((one === ' ' || isBreak) && (index === 0 || index === last)) plain = false
    if (one !== '\n' && (one < ' ' || one > '~')) single = false
  })
  return { plain: plain && single && !multiline, single, multiline }
}
