import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigurationError, type Diagnostic } from '@strata/core'
import glob from 'fast-glob'
import { parseProjectFile } from './project/parse-project-file.ts'
import type { ProjectFile, SourceText } from './project/project-file.ts'

/** Every text of a project, as read. Paths are relative to `directory`, with forward slashes, sorted. */
export interface ProjectSources {
  readonly directory: string
  readonly project: ProjectFile
  readonly models: readonly SourceText[]
  readonly macros: readonly SourceText[]
  readonly tests: readonly SourceText[]
  /** YAML files below the model, source, macro, seed and test paths. */
  readonly properties: readonly SourceText[]
  /** Complaints about the project file itself. */
  readonly diagnostics: readonly Diagnostic[]
}

const projectFileNames = ['strata.yml', 'strata.yaml', 'dbt_project.yml']

/**
 * Reads a project from disk; the only place in this package that touches files.
 * Throws `ConfigurationError` when there is no project file in the directory.
 */
export async function readProject(directory: string): Promise<ProjectSources> {
  const name = projectFileNames.find((candidate) => existsSync(join(directory, candidate)))
  if (name === undefined) {
    throw new ConfigurationError({
      code: 'NO_PROJECT',
      message: `no strata.yml in ${directory}`,
      hint: 'Run the command in the folder that holds strata.yml (or dbt_project.yml), or name it with --project-dir.',
    })
  }
  const file = { path: name, text: await readText(directory, name) }
  const { project, diagnostics } = parseProjectFile(file)

  const [models, macros, tests, properties] = await Promise.all([
    readAll(directory, project.modelPaths, '**/*.sql'),
    readAll(directory, project.macroPaths, '**/*.sql'),
    readAll(directory, project.testPaths, '**/*.sql'),
    readAll(
      directory,
      [
        ...new Set([
          ...project.modelPaths,
          ...project.sourcePaths,
          ...project.macroPaths,
          ...project.testPaths,
        ]),
      ],
      '**/*.{yml,yaml}',
    ),
  ])
  return { directory, project, models, macros, tests, properties, diagnostics }
}

async function readAll(
  directory: string,
  folders: readonly string[],
  pattern: string,
): Promise<SourceText[]> {
  const patterns = folders.map((folder) => `${glob.escapePath(folder)}/${pattern}`)
  const paths = await glob(patterns, {
    cwd: directory,
    ignore: ['**/node_modules/**', 'target/**'],
    dot: false,
  })
  paths.sort()
  return Promise.all(paths.map(async (path) => ({ path, text: await readText(directory, path) })))
}

async function readText(directory: string, path: string): Promise<string> {
  try {
    const text = await readFile(join(directory, path), 'utf8')
    return text.startsWith('\uFEFF') ? text.slice(1) : text
  } catch (cause) {
    throw new ConfigurationError({
      code: 'UNREADABLE_FILE',
      message: `cannot read ${path}: ${(cause as Error).message}`,
      hint: 'Check that the file exists and that you may read it.',
      cause,
    })
  }
}
