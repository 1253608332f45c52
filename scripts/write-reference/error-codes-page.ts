import { codeNotes } from './code-notes.ts'
import { type CodeSite, collectCodes, type Family } from './collect-codes.ts'
import { code, pageHead, table } from './markdown.ts'

const sections: readonly {
  readonly title: string
  readonly about: string
  readonly families: readonly Family[]
}[] = [
  {
    title: 'Files of the project',
    about:
      'Diagnostics: each has a place, `file:line:column`, and all are told at once. An error keeps the command from running (exit code 1); a warning does not.',
    families: ['error', 'warning'],
  },
  {
    title: 'Commands that cannot start',
    about: 'The command line, the environment, the machine, packages. Exit code 2, and nothing was changed.',
    families: ['start'],
  },
  {
    title: 'Sources',
    about:
      'What an API, a database or a file that is landed from did not give. The job fails, others go on, and no watermark moves.',
    families: ['source'],
  },
  {
    title: 'The database',
    about:
      'What Postgres says, by its SQLSTATE; the message is its own. One that is not here stands as `SQLSTATE_…`, to be looked up in the manual of Postgres.',
    families: ['database'],
  },
  {
    title: 'Steps',
    about:
      'What makes a step of a run fail. What was published before stays, and children of the step are skipped.',
    families: ['step'],
  },
]

interface Entry {
  readonly code: string
  readonly family: Family
  readonly isWarning: boolean
  readonly sqlstates: readonly string[]
  readonly messages: readonly string[]
  readonly hints: readonly string[]
}

/** Every code that a command can show, out of the sources below `root`. */
export function errorCodesPage(root: string): string {
  const entries = entriesOf(collectCodes(root))
  const parts = sections.map(({ title, about, families }) => {
    const rows = entries.filter(({ family }) => families.includes(family)).map(rowOf)
    return `## ${title}\n\n${about}\n\n${table(['code', 'says', 'do'], rows)}\n`
  })
  const head = pageHead(
    'Error codes',
    'A code stands in brackets behind a message, in `--json` under `code`, and stays the same where words are improved. ‹…› is filled in. Where a code has several\nmessages the first stands here; the hint that comes with a message is often more exact than what stands here.',
  )
  return `${head}\n${parts.join('\n')}`
}

function entriesOf(sites: readonly CodeSite[]): readonly Entry[] {
  const byCode = grouped(sites, (site) => site.code)
  return [...byCode]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, of]) => {
      const counts = grouped(of, (site) => site.family)
      const [family] = [...counts].sort(([, one], [, other]) => other.length - one.length)[0]!
      const best = [...of].sort((one, other) => worth(other) - worth(one))
      return {
        code: name,
        family,
        isWarning: of.every((site) => site.family === 'warning'),
        sqlstates: unique(of.map((site) => site.sqlstate)),
        messages: unique(best.map((site) => site.message)),
        hints: unique(best.map((site) => site.hint)),
      }
    })
}

/** A message that says something, with its hint, tells more than one that is all filled in. */
function worth({ message, hint }: CodeSite): number {
  const words = (message ?? '').replaceAll(/‹[^›]*›/g, '').match(/\p{L}{2,}/gu)?.length ?? 0
  return (words > 2 ? 2 : words > 0 ? 1 : 0) + (hint === null ? 0 : 1)
}

function rowOf({ code: name, isWarning, sqlstates, messages, hints }: Entry): readonly string[] {
  const note = codeNotes[name]
  const own = messages[0] ?? (sqlstates.length > 0 ? '' : (note?.says ?? ''))
  const says = [own, sqlstates.join(', ')].filter((text) => text !== '').join('; ')
  return [`${code(name)}${isWarning ? ' (warning)' : ''}`, plain(says), plain(hints[0] ?? note?.do ?? '')]
}

/** Text in which Markdown sees no marks. */
function plain(text: string): string {
  const shown = text.replaceAll(
    /(`[^`]*`)|([*<\\])/g,
    (_all, quoted: string | undefined, mark: string) => quoted ?? `\\${mark}`,
  )
  return /^[a-z]+[ ,]/.test(shown) ? `${shown.slice(0, 1).toUpperCase()}${shown.slice(1)}` : shown
}

function grouped<Key>(
  sites: readonly CodeSite[],
  keyOf: (site: CodeSite) => Key,
): ReadonlyMap<Key, readonly CodeSite[]> {
  const groups = new Map<Key, CodeSite[]>()
  for (const site of sites) groups.set(keyOf(site), [...(groups.get(keyOf(site)) ?? []), site])
  return groups
}

function unique(texts: readonly (string | null)[]): readonly string[] {
  return [...new Set(texts.filter((text): text is string => text !== null && text !== ''))]
}
