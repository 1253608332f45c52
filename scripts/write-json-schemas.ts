import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { jsonSchemas } from '../packages/compiler/src/project/json-schemas.ts'

/** Writes schemas/*.json, which editors check project files with; a test of the compiler fails when they are stale. */

const root = join(import.meta.dirname, '..')
const folder = join(root, 'schemas')
mkdirSync(folder, { recursive: true })
for (const [name, text] of jsonSchemas()) writeFileSync(join(folder, name), text)
execFileSync(join(root, 'node_modules/.bin/biome'), ['format', '--write', folder], {
  cwd: root,
  stdio: 'inherit',
})
