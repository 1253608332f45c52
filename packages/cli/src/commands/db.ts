import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { ConfigurationError } from '@strata/core'
import {
  embeddedServerStatus,
  ensureEmbeddedServer,
  resetEmbeddedServer,
  stopEmbeddedServer,
} from '@strata/postgres'
import { type CommonOptions, exitCodes, type Invocation } from '../invocation.ts'
import { plural } from '../reporters/format.ts'
import { clockFileIn } from '../simulated-day.ts'

interface DbOptions extends CommonOptions {
  readonly force?: boolean
  readonly yes?: boolean
}

/** `models db`: the embedded server of this project. */
export async function dbCommand(
  invocation: Invocation,
  options: DbOptions,
  action?: string,
): Promise<number> {
  const { terminal } = invocation
  const projectDirectory = resolve(invocation.workingDirectory, options.projectDir ?? '.')
  switch (action) {
    case 'start': {
      const server = await ensureEmbeddedServer({ projectDirectory, keep: true })
      await server.release()
      terminal.out(
        `PostgreSQL ${server.version} ${server.started ? 'started' : 'runs already'}, and keeps running until \`models db stop\`.`,
      )
      terminal.out(server.url)
      return exitCodes.success
    }
    case 'url': {
      const server = await ensureEmbeddedServer({ projectDirectory })
      await server.release()
      terminal.out(server.url)
      return exitCodes.success
    }
    case 'stop': {
      const stopped = await stopEmbeddedServer({ projectDirectory, force: options.force ?? false })
      terminal.out(stopped ? 'The embedded server has stopped.' : 'The embedded server does not run.')
      return exitCodes.success
    }
    case 'status': {
      const status = await embeddedServerStatus({ projectDirectory })
      terminal.out(
        status.running
          ? `The embedded server runs, ${plural(status.users, 'user')} connected.\n${status.url}`
          : 'The embedded server does not run.',
      )
      return exitCodes.success
    }
    case 'reset': {
      if (!options.yes) {
        throw new ConfigurationError({
          code: 'NOT_CONFIRMED',
          message: 'reset deletes the embedded database with all that has landed and been built',
          hint: 'If that is what you want: models db reset --yes',
        })
      }
      await resetEmbeddedServer({ projectDirectory })
      rmSync(clockFileIn(projectDirectory), { force: true })
      terminal.out('The embedded database has been deleted; the next command makes a new one.')
      return exitCodes.success
    }
    default:
      throw new ConfigurationError({
        code: 'UNKNOWN_ACTION',
        message: `db has no action "${action ?? ''}"`,
        hint: 'The actions are start, stop, status, url and reset.',
      })
  }
}
