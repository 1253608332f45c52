import { resolve } from 'node:path'
import { readProject } from '@strata/compiler'
import type { Target } from '@strata/core'
import { readEnvironment } from './configuration/environment.ts'
import { resolveTarget } from './configuration/resolve-target.ts'
import { connectDatabase, type DatabaseConnection } from './database-connection.ts'
import { upgradeUsedState } from './execute-plan.ts'
import type { CommonOptions, Invocation } from './invocation.ts'

/** A target whose state is up to date, for commands that look at it before the project is compiled, or need it not compiled at all. */
export interface ConnectedTarget {
  readonly directory: string
  readonly target: Target
  readonly connection: DatabaseConnection
}

/** Does `work` with the target that the options name, and closes its connection. */
export async function withConnectedTarget<T>(
  { workingDirectory, processEnvironment }: Invocation,
  { projectDir, target, threads }: CommonOptions,
  work: (connected: ConnectedTarget) => Promise<T>,
): Promise<T> {
  const directory = resolve(workingDirectory, projectDir ?? '.')
  const { project } = await readProject(directory)
  const environment = readEnvironment(directory, processEnvironment)
  const resolved = resolveTarget(project, target, environment, threads)
  const connection = await connectDatabase({ ...resolved, directory })
  try {
    await upgradeUsedState(connection.database)
    return await work({ directory, target: resolved.target, connection })
  } finally {
    await connection.close()
  }
}
