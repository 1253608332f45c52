import type { Environment } from './configuration/environment.ts'

/** How the user called us, by what package managers leave in the environment: `models`, `pnpm models`, `npx models`. */
export function commandNameOf(environment: Environment): string {
  const agent = /^(pnpm|yarn|npm)\//.exec(environment['npm_config_user_agent'] ?? '')?.[1]
  if (agent === 'pnpm' || environment['npm_lifecycle_event'] === 'models') return 'pnpm models'
  if (agent === undefined) return 'models'
  return agent === 'npm' ? 'npx models' : `${agent} models`
}
