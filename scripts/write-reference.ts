import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { referencePages } from './write-reference/pages.ts'

/** Writes docs/reference from the code; `scripts/write-reference.test.ts` fails when a page is stale. */

const root = join(import.meta.dirname, '..')
const folder = join(root, 'docs', 'reference')
mkdirSync(folder, { recursive: true })
for (const [name, text] of referencePages(root)) writeFileSync(join(folder, name), text)
