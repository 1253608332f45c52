import type { DatabaseConnector, Setting } from '@strata/core'
import type { TableProposal } from '@strata/extractor'
import { stringify } from 'yaml'
import { formatCount } from './format.ts'
import { wrapText } from './wrap-text.ts'

/** Of a whole line, with the columns before it. */
const widest = 100
const depth = 8

/** What is proposed for the tables of a source, ready to stand below its `tables:`. */
export function analyzeYaml(source: string, proposals: readonly TableProposal[]): readonly string[] {
  const names = tableNames(proposals)
  return proposals.flatMap((proposal, index) => [
    ...(index === 0 ? [] : ['']),
    ...tableLines(source, proposal, names[index]!).map((line) => (line === '' ? line : `      ${line}`)),
  ])
}

/** A file of its own: the source with its connector and these tables. */
export function analyzeFile(connector: DatabaseConnector, proposals: readonly TableProposal[]): string {
  return [
    'version: 2',
    '',
    'sources:',
    `  - name: ${scalar(connector.source)}`,
    ...connectorLines(connector).map((line) => `    ${line}`),
    '',
    '    tables:',
    ...analyzeYaml(connector.source, proposals),
    '',
  ].join('\n')
}

/** The names that the tables get in the source: two schemas may have tables of one name. */
export function tableNames(proposals: readonly Pick<TableProposal, 'schema' | 'name'>[]): readonly string[] {
  const count = new Map<string, number>()
  for (const { name } of proposals) count.set(name.toLowerCase(), (count.get(name.toLowerCase()) ?? 0) + 1)
  return proposals.map(({ schema, name }) =>
    schema !== null && (count.get(name.toLowerCase()) ?? 0) > 1 ? `${schema}_${name}` : name,
  )
}

function tableLines(source: string, proposal: TableProposal, name: string): readonly string[] {
  const { schema, key, personal, inactive } = proposal
  if (proposal.name.includes('.'))
    return comment(`${proposal.name}: the name of its table holds a dot, with which a job cannot name it.`)
  const relation = schema === null ? proposal.name : `${schema}.${proposal.name}`
  return [
    `- name: ${scalar(name)}`,
    ...indented(2, [
      ...identifierLine(source, name),
      ...(personal ? ['meta: { phi: true }'] : []),
      ...aboutLines(proposal),
      'job:',
      ...indented(2, [
        ...(relation === name ? [] : [`relation: ${scalar(relation)}`]),
        ...(key === null ? guessedKey(proposal) : keyLines(key.columns)),
        ...watermarkLines(proposal),
        ...(inactive === null ? [] : ['active: false', `reason: ${scalar(inactive)}`]),
      ]),
    ]),
  ]
}

/** Bronze tables of all sources stand in one schema. Postgres cuts names at 63 bytes. */
function identifierLine(source: string, name: string): readonly string[] {
  const identifier = `${source}_${name}_staging`.toLowerCase()
  return Buffer.byteLength(identifier) > 63 ? [] : [`identifier: ${scalar(identifier)}`]
}

function aboutLines(proposal: TableProposal): readonly string[] {
  const { kept, spare, refused, notes, rows, sample, key } = proposal
  const size =
    rows === null ? [] : [`${sample === null && kept.length > 0 ? '' : 'about '}${formatCount(rows)} rows`]
  const keyed = key === null ? [] : [`key: ${key.columns.join(', ')}`]
  const head = [...size, ...keyed, ...notes].join('; ')
  return [
    ...(head === '' ? [] : comment(`${head}.`)),
    ...kept.flatMap(({ name, evidence }) => comment(`${name}: ${evidence.join('; ')}.`)),
    ...spare.flatMap(({ name, evidence }) => comment(`Left out: ${name}: ${evidence.join('; ')}.`)),
    ...refused.flatMap(({ name, type, refused: why }) => comment(`Refused: ${name} (${type}): ${why}.`)),
  ]
}

function keyLines(columns: readonly string[]): readonly string[] {
  const [only, ...others] = columns
  if (others.length === 0) return [`key: ${scalar(only!)}`]
  return ['key:', ...columns.map((column) => `  - ${scalar(column)}`)]
}

function guessedKey({ firstColumn }: TableProposal): readonly string[] {
  return [
    '# A placeholder: name the columns that tell two rows apart.',
    `key: ${scalar(firstColumn ?? 'id')}`,
  ]
}

function watermarkLines({ kept, compare }: TableProposal): readonly string[] {
  if (kept.length === 0) return []
  const columns = kept.flatMap(({ name, min }) =>
    min === null ? [`- ${scalar(name)}`] : [`- name: ${scalar(name)}`, `  min: ${min}`],
  )
  return [
    'watermark:',
    '  columns:',
    ...indented(4, columns),
    ...(compare === 'rows' ? ['sweep: { every: 1, compare: rows }'] : []),
  ]
}

function connectorLines({ kind, timeZone, instances }: DatabaseConnector): readonly string[] {
  return [
    'connector:',
    `  kind: ${kind}`,
    ...(timeZone === null ? [] : [`  time_zone: ${scalar(timeZone)}`]),
    '  instances:',
    ...instances.flatMap(({ id, name, address, credentials }) => [
      `    - id: ${id}`,
      `      name: ${scalar(name)}`,
      ...settingLines('url', address),
      ...(credentials['password'] === undefined ? [] : settingLines('password', credentials['password'])),
    ]),
  ]
}

/** A password that stands in a file is not copied into another one. */
function settingLines(name: string, setting: Setting): readonly string[] {
  if ('env' in setting) return [`      ${name}: { env: ${setting.env} }`]
  const url = URL.canParse(setting.value) ? new URL(setting.value) : null
  if (url === null || url.password === '') return [`      ${name}: ${scalar(setting.value)}`]
  url.password = ''
  return [
    `      # Its password is left out: give it as password: { env: NAME_OF_A_VARIABLE }.`,
    `      ${name}: ${scalar(url.href)}`,
  ]
}

/** A name may hold anything, line breaks too: it must not end the comment. */
function comment(text: string): readonly string[] {
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
  const room = widest - depth - '# '.length
  return wrapText(line, room - 2, room).map((part, index) => (index === 0 ? `# ${part}` : `#   ${part}`))
}

/** As YAML 1.1 and 1.2 both read it. Names of a foreign database must not become templates. */
function scalar(text: string): string {
  const inert = text.replace(/\{(?=[{%#])/g, "{{ '{' }}")
  return stringify(inert, { version: '1.1', lineWidth: 0, blockQuote: false }).trimEnd()
}

function indented(columns: number, lines: readonly string[]): readonly string[] {
  return lines.map((line) => ' '.repeat(columns) + line)
}
