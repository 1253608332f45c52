import { asInteger, asText, bind } from '../evaluate/bind.ts'
import { charge, type Runtime } from '../evaluate/runtime.ts'
import { checkTextLength } from '../limits.ts'
import { formatBraces } from '../operations/format-braces.ts'
import { TemplateError, typeError } from '../template-error.ts'
import { dict, tuple } from '../values/collections.ts'
import { codePoints, iterate } from '../values/iterate.ts'
import { typeName } from '../values/type-name.ts'
import type { Arguments, Dict, Value } from '../values/value.ts'
import { pairsOf } from './dict-methods.ts'
import type { Method } from './method.ts'
import { capitalize, isTitle, lines, replaceText, splitText, strip, titleCase } from './text.ts'

type TextMethod = (self: string, args: Arguments, runtime: Runtime) => Value

const table: { readonly [name: string]: TextMethod } = {
  upper: plain('upper()', (self) => self.toUpperCase()),
  lower: plain('lower()', (self) => self.toLowerCase()),
  casefold: plain('casefold()', (self) => self.toLowerCase().replaceAll('ß', 'ss')),
  capitalize: plain('capitalize()', capitalize),
  title: plain('title()', titleCase),
  swapcase: plain('swapcase()', (self) =>
    codePoints(self)
      .map((one) => (one === one.toLowerCase() ? one.toUpperCase() : one.toLowerCase()))
      .join(''),
  ),
  strip: stripper('strip()', true, true),
  lstrip: stripper('lstrip()', true, false),
  rstrip: stripper('rstrip()', false, true),
  removeprefix(self, args) {
    const [prefix] = bind(args, 'removeprefix()', ['prefix'], 1)
    const text = asText(prefix, '')
    return self.startsWith(text) ? self.slice(text.length) : self
  },
  removesuffix(self, args) {
    const [suffix] = bind(args, 'removesuffix()', ['suffix'], 1)
    const text = asText(suffix, '')
    return text !== '' && self.endsWith(text) ? self.slice(0, -text.length) : self
  },
  startswith: affix('startswith()', (self, text) => self.startsWith(text)),
  endswith: affix('endswith()', (self, text) => self.endsWith(text)),
  replace(self, args, runtime) {
    const [from, to, count] = bind(args, 'replace()', ['old', 'new', 'count'], 2)
    const replaced = replaceText(self, asText(from, ''), asText(to, ''), asInteger(count, -1))
    charge(runtime, replaced.length >> 5)
    return replaced
  },
  split(self, args) {
    const [separator, limit] = bind(args, 'split()', ['sep', 'maxsplit'])
    return splitText(self, separatorOf(separator), asInteger(limit, -1), false)
  },
  rsplit(self, args) {
    const [separator, limit] = bind(args, 'rsplit()', ['sep', 'maxsplit'])
    return splitText(self, separatorOf(separator), asInteger(limit, -1), true)
  },
  splitlines(self, args) {
    const [keep] = bind(args, 'splitlines()', ['keepends'])
    return lines(self, keep === true)
  },
  partition(self, args) {
    const [separator] = bind(args, 'partition()', ['sep'], 1)
    const text = asText(separator, '')
    const at = self.indexOf(text)
    return tuple(at === -1 ? [self, '', ''] : [self.slice(0, at), text, self.slice(at + text.length)])
  },
  rpartition(self, args) {
    const [separator] = bind(args, 'rpartition()', ['sep'], 1)
    const text = asText(separator, '')
    const at = self.lastIndexOf(text)
    return tuple(at === -1 ? ['', '', self] : [self.slice(0, at), text, self.slice(at + text.length)])
  },
  join(self, args, runtime) {
    const [items] = bind(args, 'join()', ['items'], 1)
    const texts = iterate(items!)
    charge(runtime, texts.length)
    let result = ''
    texts.forEach((item, index) => {
      if (typeof item !== 'string') {
        throw typeError(
          `join() joins text, but item ${index} is ${typeName(item)}`,
          'The filter takes any type: `items | join(", ")`.',
        )
      }
      result += index === 0 ? item : self + item
      checkTextLength(result.length)
    })
    return result
  },
  format: (self, args, runtime) =>
    formatBraces(self, args, (target, key, form) =>
      form === 'attribute' ? runtime.attribute(target, String(key)) : runtime.subscript(target, key),
    ),
  format_map(self, args, runtime) {
    const [values] = bind(args, 'format_map()', ['mapping'], 1)
    const keyword = new Map(pairsOf(values!).map(([key, value]) => [asText(key, ''), value]))
    return table['format']!(self, { positional: [], keyword }, runtime)
  },
  find: finder('find()', (self, text) => self.indexOf(text), false),
  index: finder('index()', (self, text) => self.indexOf(text), true),
  rfind: finder('rfind()', (self, text) => self.lastIndexOf(text), false),
  rindex: finder('rindex()', (self, text) => self.lastIndexOf(text), true),
  count(self, args) {
    const [text, start, stop] = bind(args, 'count()', ['sub', 'start', 'end'], 1)
    const part = asText(text, '')
    const within = start === undefined ? self : self.slice(asInteger(start, 0), asInteger(stop, self.length))
    return part === '' ? codePoints(within).length + 1 : within.split(part).length - 1
  },
  center: padder('center()', (missing, width) => (missing >> 1) + (missing & width & 1)),
  ljust: padder('ljust()', () => 0),
  rjust: padder('rjust()', (missing) => missing),
  zfill(self, args) {
    const [width] = bind(args, 'zfill()', ['width'], 1)
    const sign = /^[+-]/.test(self) ? self[0]! : ''
    const zeros = Math.max(0, asInteger(width, 0) - codePoints(self).length)
    checkTextLength(zeros)
    return sign + '0'.repeat(zeros) + self.slice(sign.length)
  },
  translate(self, args) {
    const [table] = bind(args, 'translate()', ['table'], 1)
    return codePoints(self)
      .map((one) => {
        const to = dictOf(table!).entries.get(one.codePointAt(0)!)?.[1]
        if (to === undefined) return one
        return to === null ? '' : typeof to === 'number' ? String.fromCodePoint(to) : asText(to, '')
      })
      .join('')
  },
  maketrans(_self, args) {
    const [from, to, removed] = bind(args, 'maketrans()', ['x', 'y', 'z'], 1)
    const code = (key: Value): Value => (typeof key === 'string' ? key.codePointAt(0)! : key)
    if (to === undefined) return dict(pairsOf(from!).map(([key, value]) => [code(key), value]))
    const [old, fresh] = [codePoints(asText(from, '')), codePoints(asText(to, ''))]
    if (old.length !== fresh.length) throw new TemplateError('maketrans() takes two texts of equal length')
    return dict([
      ...old.map((one, index): [Value, Value] => [code(one), code(fresh[index]!)]),
      ...codePoints(asText(removed, '')).map((one): [Value, Value] => [code(one), null]),
    ])
  },
  expandtabs(self, args) {
    const [size] = bind(args, 'expandtabs()', ['tabsize'])
    const width = asInteger(size, 8)
    checkTextLength(self.length * Math.max(1, width))
    let column = 0
    return self.replace(/[\s\S]/gu, (one) => {
      if (one === '\n' || one === '\r') column = 0
      else if (one !== '\t') column++
      else {
        const spaces = width > 0 ? width - (column % width) : 0
        column += spaces
        return ' '.repeat(spaces)
      }
      return one
    })
  },
  isalpha: matcher('isalpha()', /^\p{L}+$/u),
  isalnum: matcher('isalnum()', /^[\p{L}\p{N}]+$/u),
  isdigit: matcher('isdigit()', /^[\p{Nd}\u00b2\u00b3\u00b9\u2070-\u2079\u2080-\u2089]+$/u),
  isdecimal: matcher('isdecimal()', /^\p{Nd}+$/u),
  isnumeric: matcher('isnumeric()', /^\p{N}+$/u),
  isspace: matcher('isspace()', /^\s+$/),
  isascii: matcher('isascii()', /^[\u0000-\u007f]*$/),
  isidentifier: matcher('isidentifier()', /^[\p{ID_Start}_]\p{ID_Continue}*$/u),
  isprintable: plain('isprintable()', (self) => !/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.test(self)),
  islower: plain('islower()', (self) => self === self.toLowerCase() && self !== self.toUpperCase()),
  isupper: plain('isupper()', (self) => self === self.toUpperCase() && self !== self.toLowerCase()),
  istitle: plain('istitle()', isTitle),
}

/** Python's methods of text, without those about bytes. */
export const stringMethods: ReadonlyMap<string, Method> = new Map(
  Object.entries(table).map(([name, method]): [string, Method] => [
    name,
    (self, args, runtime) => {
      charge(runtime, 1 + ((self as string).length >> 5))
      return method(self as string, args, runtime)
    },
  ]),
)

function plain(what: string, method: (self: string) => Value): TextMethod {
  return (self, args) => {
    bind(args, what, [])
    return method(self)
  }
}

function matcher(what: string, pattern: RegExp): TextMethod {
  return plain(what, (self) => pattern.test(self))
}

function stripper(what: string, start: boolean, end: boolean): TextMethod {
  return (self, args) => {
    const [characters] = bind(args, what, ['chars'])
    return strip(
      self,
      characters === undefined || characters === null ? null : asText(characters, ''),
      start,
      end,
    )
  }
}

function affix(what: string, holds: (self: string, text: string) => boolean): TextMethod {
  return (self, args) => {
    const [wanted, start, stop] = bind(args, what, ['text', 'start', 'end'], 1)
    const part = start === undefined ? self : self.slice(asInteger(start, 0), asInteger(stop, self.length))
    const isTuple =
      typeof wanted === 'object' && wanted !== null && !Array.isArray(wanted) && wanted.kind === 'tuple'
    return isTuple
      ? wanted.items.some((text) => holds(part, asText(text, '')))
      : holds(part, asText(wanted, ''))
  }
}

function finder(what: string, find: (self: string, text: string) => number, mustFind: boolean): TextMethod {
  return (self, args) => {
    const [text, start, stop] = bind(args, what, ['sub', 'start', 'end'], 1)
    const from = asInteger(start, 0)
    const shift = from < 0 ? Math.max(0, self.length + from) : from
    const at = find(self.slice(shift, asInteger(stop, self.length)), asText(text, ''))
    if (at === -1 && mustFind) throw new TemplateError(`${what} of text that is not there`)
    return at === -1 ? -1 : codePoints(self.slice(0, at + shift)).length
  }
}

function padder(what: string, left: (missing: number, width: number) => number): TextMethod {
  return (self, args) => {
    const [width, fill] = bind(args, what, ['width', 'fillchar'], 1)
    const wide = asInteger(width, 0)
    checkTextLength(wide)
    const missing = Math.max(0, wide - codePoints(self).length)
    const character = asText(fill, ' ')
    const before = left(missing, wide)
    return character.repeat(before) + self + character.repeat(missing - before)
  }
}

function dictOf(value: Value): Dict {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && value.kind === 'dict') {
    return value
  }
  throw typeError(`a dict is needed here, not ${typeName(value)}`, 'Make one with `maketrans()`.')
}

function separatorOf(value: Value | undefined): string | null {
  if (value === undefined || value === null) return null
  const text = asText(value, '')
  if (text === '') throw new TemplateError('the separator of split() is empty')
  return text
}
