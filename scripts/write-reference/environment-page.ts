import {
  type EnvironmentVariable,
  environmentVariables,
} from '../../packages/cli/src/configuration/environment-variables.ts'
import { code, pageHead, table } from './markdown.ts'

const sections: readonly { readonly area: EnvironmentVariable['area']; readonly title: string }[] = [
  { area: 'connection', title: 'Database and schemas' },
  { area: 'landing', title: 'Landing' },
  { area: 'project', title: 'Templates and secrets' },
  { area: 'packages', title: 'Packages' },
  { area: 'terminal', title: 'Terminal' },
  { area: 'tests', title: 'Tests of the tool' },
]

/** The variables that the code reads by their names. */
export function environmentPage(): string {
  const head = pageHead(
    'Environment variables',
    'From the environment of the process, or from the file `.env` beside `strata.yml`; where both have one, the environment counts. Those marked with \\* count in the environment alone.\nOn top come those that a project names itself: `{ env: NAME }` in [sources](../sources.md), `database_url_env` of [targets](../targets.md), and `env_var()` in templates. `models debug`\nsays which of them are missing. Values of variables whose names hold KEY, TOKEN, SECRET, PASSWORD or PASS are shown nowhere.',
  )
  const parts = sections.map(({ area, title }) => {
    const rows = environmentVariables.filter((one) => one.area === area).map(rowOf)
    return `## ${title}\n\n${table(['variable', 'means', 'where it is not set'], rows)}\n`
  })
  return `${head}\n${parts.join('\n')}`
}

function rowOf({ name, means, unset, ofProcess }: EnvironmentVariable): readonly string[] {
  return [`${code(name)}${ofProcess === true ? ' \\*' : ''}`, means.replaceAll('<', '\\<'), unset]
}
