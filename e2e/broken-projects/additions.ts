import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { CommandLine } from './compile-folder.ts'

/** What a broken project needs besides the files of its folder. */
export interface Addition {
  /** Makes what cannot be checked in, or would be spoilt by an editor or a checkout. */
  readonly prepare?: (directory: string) => void
  readonly line?: CommandLine
  /** Why it cannot be tried here; null: it can. */
  readonly skip?: () => string | null
}

/** By topic, which is the folder's name without its number. */
export const additions: { readonly [topic: string]: Addition } = {
  'target-unknown': { line: { target: 'prod' } },
  'target-bad-prefix': { line: { target: 'test' } },
  'target-without-url': { line: { target: 'live' } },
  'name-prefix-and-schema-too-long': { line: { target: 'test' } },
  'select-typo': { line: { select: '+ordres' } },
  'select-unknown-method': { line: { select: 'tga:nightly' } },
  'select-bad-depth': { line: { select: 'x+orders' } },
  'select-unknown-selector': { line: { selector: 'nigthly' } },
  'select-unclosed-quote': { line: { select: 'tag:"nightly' } },
  'select-state-without-artifacts': { line: { select: 'state:modified' } },
  'select-tag-of-nothing': { line: { select: 'tag:nightly' } },
  'selectors-cycle': { line: { selector: 'one' } },
  'selectors-of-itself': { line: { selector: 'one' } },
  'selectors-unknown-name': { line: { selector: 'one' } },
  'inline-unknown-ref': { line: { inline: "select *\nfrom {{ ref('odrers') }}" } },
  'file-with-mark': { prepare: write('models/orders.sql', "\ufeffselect * from {{ ref('gone') }}\n") },
  'file-crlf': { prepare: write('models/orders.sql', "select *\r\nfrom x\r\njoin {{ ref('gone') }}\r\n") },
  'file-cr-only': { prepare: write('models/orders.sql', "select *\rfrom x\rjoin {{ ref('gone') }}\r") },
  'file-latin-1': { prepare: write('models/orders.sql', bytes('select 1\nas größe\n')) },
  'file-latin-1-yaml': { prepare: write('models/shop.yml', bytes('models:\n  - name: größe\n')) },
  'file-with-nul': { prepare: write('models/orders.sql', 'select 1\u0000 as id\n') },
  'file-binary': {
    prepare: write('models/orders.sql', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0xff, 0x00])),
  },
  'file-of-10-mb': {
    prepare: (directory) =>
      write(
        'models/orders.sql',
        `select 1 as id\n${'union all select 1 -- the same again\n'.repeat(280_000)}where {{ nothing }}\n`,
      )(directory),
  },
  'file-name-with-newline': { prepare: write('models/two\nlines.sql', "select * from {{ ref('gone') }}\n") },
  'file-name-emoji': {
    prepare: write('models/🚚.sql', "select * from {{ ref('customers') }} join {{ ref('gone') }}\n"),
  },
  'file-names-differ-in-case': { prepare: write('models/Customers.sql', 'select 2 as id\n') },
  'file-link-loop': { prepare: link('..', 'models/again') },
  'file-link-dangling': { prepare: link('nowhere.sql', 'models/orders.sql') },
  'file-link-to-itself': { prepare: link('orders.sql', 'models/orders.sql') },
  'file-link-outside': { prepare: link('/etc/hostname', 'models/orders.sql') },
  'file-unreadable': {
    prepare: (directory) => {
      write('models/orders.sql', 'select 1 as id\n')(directory)
      chmodSync(join(directory, 'models/orders.sql'), 0)
    },
    skip: () => (process.getuid?.() === 0 ? 'root may read every file' : null),
  },
  'file-is-a-directory': { prepare: (directory) => mkdirSync(join(directory, 'models/orders.sql')) },
  'file-too-many': {
    prepare: (directory) => {
      for (let number = 0; number < 500; number++)
        write(
          `models/m${number}.sql`,
          `select * from {{ ref('${number < 490 ? 'customers' : 'gone'}') }}\n`,
        )(directory)
    },
  },
  'parentheses-10000': { prepare: model(`select {{ ${'('.repeat(10_000)}1${')'.repeat(10_000)} }} as id`) },
  'brackets-10000': { prepare: model(`select {{ ${'['.repeat(10_000)}1${']'.repeat(10_000)} }} as id`) },
  'ifs-10000': { prepare: model(`${'{% if true %}'.repeat(10_000)}select 1${'{% endif %}'.repeat(10_000)}`) },
  'pipes-10000': { prepare: model(`select {{ 'a'${' | upper'.repeat(10_000)} }} as id`) },
  'operators-100000': { prepare: model(`select {{ 1${' + 1'.repeat(100_000)} }} as id`) },
}

function write(file: string, content: string | Buffer): (directory: string) => void {
  return (directory) => {
    const path = join(directory, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
  }
}

function model(text: string): (directory: string) => void {
  return write('models/orders.sql', `${text}\n`)
}

function link(to: string, file: string): (directory: string) => void {
  return (directory) => symlinkSync(to, join(directory, file))
}

/** As an old Windows program would save it. */
function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}
