import { expect, it } from 'vitest'
import { commandNameOf } from './command-name.ts'

it.each([
  ['models', {}],
  ['pnpm models', { npm_config_user_agent: 'pnpm/10.1.0 npm/? node/v20.20.0 linux x64' }],
  ['pnpm models', { npm_lifecycle_event: 'models' }],
  ['npx models', { npm_config_user_agent: 'npm/10.8.2 node/v20.20.0 linux x64' }],
  ['yarn models', { npm_config_user_agent: 'yarn/1.22.22 npm/? node/v20.20.0' }],
])('the user types %s where the environment holds %j', (name, environment) => {
  expect(commandNameOf(environment)).toBe(name)
})
