import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { connect, embeddedServerStatus } from '../../packages/postgres/src/index.ts'
import { createModelsProject, type ModelsProject, repository } from '../run-models.ts'
import type { PageItem } from './read-page.ts'
import { missingLine } from './shows.ts'
import { smallProjectPages } from './small-project-pages.ts'

/** A project with an embedded server in which pages are carried out one after the other, each as if it were new. */
export interface PageProject {
  /** `page`: its path below docs/, without its ending. Returns what went otherwise than the page says; empty: nothing. */
  carryOut(page: string, items: readonly PageItem[]): Promise<readonly string[]>
  remove(): Promise<void>
}

const parts = ['strata.yml', 'models', 'sources', 'macros', 'tests', 'seeds', 'snapshots']
const tools = ['/usr/lib/postgresql/15/bin', '/usr/lib/postgresql/16/bin', '/usr/lib/postgresql/17/bin']

/** What `pnpm` and `npx` do with the words behind them. */
const shellWords = `
pnpm() { while [ "\${1#-}" != "$1" ]; do shift; done; "$@"; }
npx() { while [ "\${1#-}" != "$1" ]; do shift; done; case "$1" in pnpm@*) shift;; esac; "$@"; }
`

export function createPageProject(): PageProject {
  const project = createModelsProject('empty', {
    npm_config_user_agent: 'pnpm/12.21.0',
    PATH: [...tools.filter((folder) => existsSync(folder)), process.env['PATH']].join(':'),
  })
  return {
    async carryOut(page, items) {
      await emptyDatabase(project)
      layOut(project.directory, page)
      const first = join(project.directory, 'first.sh')
      const before = existsSync(first) ? [command(readFileSync(first, 'utf8'))] : []
      return carryOut(project, [...before, ...items])
    },
    remove: () => project.remove(),
  }
}

async function carryOut(project: ModelsProject, items: readonly PageItem[]): Promise<readonly string[]> {
  const wrong: string[] = []
  const variables: string[] = []
  for (const item of items) {
    if (item.kind === 'variable') variables.push(`export ${item.name}='${item.value}'; `)
    if (item.kind === 'file') {
      const path = join(project.directory, item.path)
      mkdirSync(dirname(path), { recursive: true })
      if (item.isAdded) appendFileSync(path, item.text)
      else writeFileSync(path, item.text)
    }
    if (item.kind !== 'command' || item.notRun !== null) continue
    const { code, stdout, stderr } = await project.shell(`${shellWords}${variables.join('')}${item.text}`)
    const output = `${stdout}\n${stderr}`
    const missing = missingLine(item.shows, output)
    if (code !== item.exitCode || missing !== null) {
      const why = code === item.exitCode ? `does not show "${missing}"` : `ended with ${code}`
      wrong.push(`line ${item.line}: ${item.text}\n${why}:\n${output.trim()}`)
    }
  }
  return wrong
}

/** What `first.sh` has to do before a page can be carried out. */
function command(text: string): PageItem {
  return { kind: 'command', line: 0, text: `set -e; ${text}`, shows: [], exitCode: 0, notRun: null }
}

/**
 * The project of this repository, and over it the files that `e2e/docs/files` has for the page; a project file among them makes it
 * another project.
 */
function layOut(directory: string, page: string): void {
  for (const entry of readdirSync(directory))
    if (entry !== '.strata') rmSync(join(directory, entry), { recursive: true, force: true })
  rmSync(join(directory, '.strata', 'simulator.json'), { force: true })
  const own = join(repository, 'e2e', 'docs', 'files', smallProjectPages.has(page) ? 'small' : page)
  if (!['strata.yml', 'dbt_project.yml'].some((one) => existsSync(join(own, one))))
    for (const part of parts.filter((one) => existsSync(join(repository, one))))
      cpSync(join(repository, part), join(directory, part), { recursive: true })
  if (existsSync(own)) cpSync(own, directory, { recursive: true })
}

async function emptyDatabase(project: ModelsProject): Promise<void> {
  writeFileSync(join(project.directory, 'strata.yml'), 'name: empty\n')
  await project.run('db', 'start')
  const status = await embeddedServerStatus({ projectDirectory: project.directory })
  if (!status.running) throw new Error('the embedded server does not run')
  const database = await connect({ url: status.url, applicationName: 'e2e' })
  try {
    await database.query(`do $$
      declare one text;
      begin
        for one in select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' loop
          execute format('drop schema %I cascade', one);
        end loop;
        create schema public;
      end $$`)
  } finally {
    await database.close()
  }
}
