import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type NodeResult, readNodes, readResults } from './artifacts.ts'
import type { CommandRun, Complaint, RecordedNode } from './recording.ts'
import { runCommand } from './run-command.ts'

const entry = join(import.meta.dirname, '../../../packages/cli/src/main.ts')

const marker = '\n# For the time of a comparison:\n'

export interface StrataOptions {
  readonly folder: string
  /** Schema of models that name none: the schema of dbt's profile. */
  readonly schema: string
  readonly vars: string | null
  readonly commands: readonly string[]
}

/** Runs Strata's commands over a dbt project, as it stands but for the schema; returns them and the nodes with their results. */
export function runStrata(options: StrataOptions): {
  readonly commands: readonly CommandRun[]
  readonly nodes: readonly RecordedNode[]
} {
  const targetFolder = join(options.folder, 'target')
  rmSync(targetFolder, { recursive: true, force: true })
  const results = new Map<string, NodeResult>()
  const restore = declareSchema(options)
  try {
    const commands = options.commands.map((name) => {
      rmSync(join(targetFolder, 'run_results.json'), { force: true })
      const run = runCommand(
        `models ${name}`,
        [
          process.execPath,
          ...['--import', import.meta.resolve('tsx'), entry, name, '--json', '--project-dir', options.folder],
          ...(options.vars === null ? [] : ['--vars', options.vars]),
        ],
        {},
        complaintsOf,
      )
      for (const result of readResults(targetFolder)) results.set(result.unique_id, result)
      return run
    })
    return { commands, nodes: readNodes(targetFolder, results) }
  } finally {
    restore()
  }
}

/**
 * dbt takes the schema from a profile, which Strata does not read: for the time of the run, a target in the project file
 * says it. The file stays dbt's (a `strata.yml` would be held to stricter rules) and gets its own text back afterwards.
 */
function declareSchema({ folder, schema }: StrataOptions): () => void {
  const path = join(folder, 'dbt_project.yml')
  // A comparison that was killed has left its addition behind.
  const text = readFileSync(path, 'utf8').split(marker)[0]!
  writeFileSync(path, `${text.trimEnd()}${marker}targets:\n  default:\n    schema: ${schema}\n`)
  return () => writeFileSync(path, text)
}

function complaintsOf(output: {
  stdout: string
  stderr: string
  exitCode: number | null
}): readonly Complaint[] {
  const complaints = output.stdout.split('\n').flatMap(diagnosticOf)
  if (complaints.length > 0 || output.exitCode === 0 || output.exitCode === 1) return complaints
  return [{ code: `EXIT_${output.exitCode}`, message: output.stderr.trim().slice(-1000), place: null }]
}

function diagnosticOf(line: string): readonly Complaint[] {
  if (!line.startsWith('{"kind":"diagnostic"')) return []
  const { diagnostic } = JSON.parse(line) as {
    readonly diagnostic: {
      readonly code: string
      readonly severity: string
      readonly message: string
      readonly location: { readonly file: string; readonly line: number; readonly column: number }
    }
  }
  if (diagnostic.severity !== 'error') return []
  const { file, line: row, column } = diagnostic.location
  return [{ code: diagnostic.code, message: diagnostic.message, place: `${file}:${row}:${column}` }]
}
