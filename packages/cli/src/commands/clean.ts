import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { readProject } from '@strata/compiler'
import { cleanTarget } from '@strata/runner'
import { readEnvironment } from '../configuration/environment.ts'
import { resolveTarget } from '../configuration/resolve-target.ts'
import { connectDatabase } from '../database-connection.ts'
import { migrateState } from '../execute-plan.ts'
import { type CommonOptions, exitCodes, type Invocation } from '../invocation.ts'
import { plural } from '../reporters/format.ts'

/** `models clean`: the folder target/. With --target: the relations and schemas which that target made, and nothing else. */
export async function cleanCommand(
  invocation: Invocation,
  options: CommonOptions & { readonly targetGiven?: boolean },
): Promise<number> {
  const { terminal } = invocation
  const directory = resolve(invocation.workingDirectory, options.projectDir ?? '.')
  const sources = await readProject(directory)
  if (!options.targetGiven) {
    rmSync(join(directory, 'target'), { recursive: true, force: true })
    terminal.out(
      'Deleted target/. The database is untouched; with --target NAME, what that target built is dropped.',
    )
    return exitCodes.success
  }
  const environment = readEnvironment(directory, invocation.processEnvironment)
  const resolved = resolveTarget(sources.project, options.target, environment, options.threads)
  const connection = await connectDatabase({ ...resolved, directory })
  try {
    await migrateState(connection.database)
    const cleaned = await cleanTarget(connection.database, resolved.target)
    for (const relation of cleaned.dropped) terminal.out(`dropped  ${relation}`)
    for (const kept of cleaned.kept)
      terminal.err(`kept     ${kept.name}: ${kept.reason.replaceAll('\n', '; ')}`)
    terminal.out(
      `Target ${resolved.target.name}: ${plural(cleaned.dropped.length, 'object')} dropped, ${cleaned.kept.length} kept.`,
    )
    return cleaned.kept.length > 0 ? exitCodes.failed : exitCodes.success
  } finally {
    await connection.close()
  }
}
