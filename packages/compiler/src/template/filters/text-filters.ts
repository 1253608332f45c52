import { asInteger, asText, bind } from '../evaluate/bind.ts'
import { charge } from '../evaluate/runtime.ts'
import { checkTextLength } from '../limits.ts'
import { capitalize, replaceText, strip } from '../methods/text.ts'
import { formatPercent } from '../operations/format-percent.ts'
import { TemplateError } from '../template-error.ts'
import { dict, tuple } from '../values/collections.ts'
import { isUndefined } from '../values/is-undefined.ts'
import { codePoints, iterate, pairs } from '../values/iterate.ts'
import { isNumber, toNumber } from '../values/number.ts'
import { orderText } from '../values/order.ts'
import { print, repr } from '../values/print.ts'
import { truthy } from '../values/truthy.ts'
import type { Value } from '../values/value.ts'
import type { Filter, FilterTable } from './filter.ts'
import { truncate, wordWrap } from './wrap-text.ts'

/** Jinja's filters that give text. */
export const textFilters: FilterTable = {
  string: (value, args) => {
    bind(args, 'string', [])
    return print(value)
  },
  upper: plain('upper', (text) => text.toUpperCase()),
  lower: plain('lower', (text) => text.toLowerCase()),
  capitalize: plain('capitalize', capitalize),
  title: plain('title', (text) =>
    text
      .split(/([-\s({[<]+)/)
      .map(capitalize)
      .join(''),
  ),
  trim: (value, args) => {
    const [characters] = bind(args, 'trim', ['chars'])
    const set = characters === undefined || characters === null ? null : asText(characters, '')
    return strip(print(value), set, true, true)
  },
  replace: (value, args, runtime) => {
    const [from, to, count] = bind(args, 'replace', ['old', 'new', 'count'], 2)
    const times = count === undefined || count === null ? -1 : asInteger(count, -1)
    const replaced = replaceText(print(value), print(from!), print(to!), times)
    charge(runtime, replaced.length >> 5)
    return replaced
  },
  indent: (value, args, runtime) => {
    const [width, first, blank] = bind(args, 'indent', ['width', 'first', 'blank'])
    const indention =
      typeof width === 'string' ? width : ' '.repeat(Math.min(1000, Math.max(0, asInteger(width, 4))))
    const [head = '', ...tail] = print(value).split(/\r\n|\r|\n/)
    charge(runtime, tail.length)
    checkTextLength((tail.length + 1) * indention.length)
    const keepBlank = blank !== undefined && truthy(blank)
    const body = tail.map((row) => (keepBlank || row !== '' ? indention + row : row))
    return (first !== undefined && truthy(first) ? indention : '') + [head, ...body].join('\n')
  },
  center: (value, args) => {
    const [width] = bind(args, 'center', ['width'])
    const text = print(value)
    const wide = asInteger(width, 80)
    checkTextLength(wide)
    const missing = Math.max(0, wide - codePoints(text).length)
    const left = (missing >> 1) + (missing & wide & 1)
    return ' '.repeat(left) + text + ' '.repeat(missing - left)
  },
  truncate: (value, args) => {
    const [length, killWords, end, leeway] = bind(args, 'truncate', ['length', 'killwords', 'end', 'leeway'])
    return truncate(print(value), {
      length: asInteger(length, 255),
      killWords: killWords !== undefined && truthy(killWords),
      end: asText(end, '...'),
      leeway: leeway === null ? 5 : asInteger(leeway, 5),
    })
  },
  wordwrap: (value, args) => {
    const [width, breakLong, wrap, breakHyphens] = bind(args, 'wordwrap', [
      'width',
      'break_long_words',
      'wrapstring',
      'break_on_hyphens',
    ])
    return wordWrap(print(value), {
      width: asInteger(width, 79),
      breakLongWords: breakLong === undefined || truthy(breakLong),
      wrap: wrap === null ? '\n' : asText(wrap, '\n'),
      breakOnHyphens: breakHyphens === undefined || truthy(breakHyphens),
    })
  },
  wordcount: (value, args) => {
    bind(args, 'wordcount', [])
    return print(value).match(/[\p{L}\p{N}_]+/gu)?.length ?? 0
  },
  format: (value, args) => {
    if (args.positional.length > 0 && args.keyword.size > 0) {
      throw new TemplateError('format takes positional or named values, not both', {
        code: 'TEMPLATE_ARGUMENTS',
      })
    }
    return formatPercent(print(value), args.keyword.size > 0 ? dict(args.keyword) : tuple(args.positional))
  },
  escape: plain('escape', escapeHtml),
  e: plain('e', escapeHtml),
  forceescape: plain('forceescape', escapeHtml),
  safe: plain('safe', (text) => text),
  striptags: plain('striptags', (text) =>
    text
      .replace(/<!--[\s\S]*?(?:-->|$)/g, '')
      .replace(/<[^<>]*>/g, '')
      .split(/\s+/)
      .filter((word) => word !== '')
      .join(' '),
  ),
  urlencode: (value, args) => {
    bind(args, 'urlencode', [])
    if (typeof value === 'string' || typeof value !== 'object' || value === null)
      return urlQuote(print(value), true)
    const entries = !Array.isArray(value) && value.kind === 'dict' ? pairs(value) : iterate(value)
    return entries
      .map((entry) => {
        const [key, item] = iterate(entry)
        return `${urlQuote(print(key ?? ''), false)}=${urlQuote(print(item ?? ''), false)}`
      })
      .join('&')
  },
  xmlattr: (value, args) => {
    const [space] = bind(args, 'xmlattr', ['autospace'])
    const shown = pairs(value).flatMap((pair) => {
      const [key, item] = iterate(pair)
      if (item === null || isUndefined(item!)) return []
      const name = print(key!)
      if (/[\s/>=]/.test(name)) throw new TemplateError(`${repr(name)} cannot be the name of an attribute`)
      return [`${escapeHtml(name)}="${escapeHtml(print(item!))}"`]
    })
    const text = shown.join(' ')
    return text !== '' && (space === undefined || truthy(space)) ? ` ${text}` : text
  },
  filesizeformat: (value, args) => {
    const [binary] = bind(args, 'filesizeformat', ['binary'])
    return fileSize(
      isNumber(value) ? toNumber(value) : Number(print(value)),
      binary !== undefined && truthy(binary),
    )
  },
  pprint: (value, args) => {
    bind(args, 'pprint', [])
    return repr(sortKeys(value))
  },
}

/** Python's pprint sorts the keys of dicts. */
function sortKeys(value: Value, depth = 0): Value {
  if (typeof value !== 'object' || value === null || depth > 100) return value
  if (Array.isArray(value)) return value.map((item) => sortKeys(item, depth + 1))
  if (value.kind === 'tuple') return tuple(value.items.map((item) => sortKeys(item, depth + 1)))
  if (value.kind !== 'dict') return value
  const entries = [...value.entries.values()].map(([key, item]): [Value, Value] => [
    key,
    sortKeys(item, depth + 1),
  ])
  return dict(entries.sort(([a], [b]) => orderText(repr(a), repr(b))))
}

function plain(name: string, change: (text: string) => string): Filter {
  return (value: Value, args) => {
    bind(args, name, [])
    const text = print(value)
    return change(text)
  }
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&#34;')
    .replaceAll("'", '&#39;')
}

const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

function urlQuote(text: string, path: boolean): string {
  const quoted = encodeURIComponent(text.replace(loneSurrogate, '\ufffd')).replace(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return path ? quoted.replaceAll('%2F', '/') : quoted.replaceAll('%20', '+')
}

function fileSize(bytes: number, binary: boolean): string {
  const base = binary ? 1024 : 1000
  if (bytes === 1) return '1 Byte'
  if (bytes < base) return `${Math.trunc(bytes)} Bytes`
  const units = [...'kMGTPEZY'].map((letter) => (binary ? `${letter.toUpperCase()}iB` : `${letter}B`))
  let power = 0
  while (power < units.length - 1 && bytes >= base ** (power + 2)) power++
  return `${(bytes / base ** (power + 1)).toFixed(1)} ${units[power]}`
}
