import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
let child: ChildProcessWithoutNullStreams
afterEach(() => child.kill('SIGKILL'))

test('pnpm simulator says where it listens and how to use it, and ends on Ctrl-C', async () => {
  child = start('--port', '0', '--scale', '0.01')
  const [first] = (await once(child.stdout, 'data')) as [Buffer]
  const welcome = String(first)
  expect(welcome).toContain('key simulated-key-north   10 patients')
  const [, origin] = /POST '(http:\/\/[^/]+)\/_simulator\/advance/.exec(welcome) ?? []
  const advanced = await fetch(`${origin}/_simulator/advance?days=1`, { method: 'POST' })
  expect(await advanced.json()).toEqual({ now: '2024-03-02T00:00:00.000Z' })
  child.kill('SIGINT')
  expect(await once(child, 'exit')).toEqual([0, null])
})

test('pnpm simulator serves with the faults of a file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'faults-'))
  const faults = join(folder, 'faults.json')
  writeFileSync(faults, '[{"kind": "status", "status": 503}]')
  child = start('--port', '0', '--scale', '0.01', '--faults', faults)
  const [welcome] = (await once(child.stdout, 'data')) as [Buffer]
  const [, url] = /(http:\/\/\S+\/north)/.exec(String(welcome)) ?? []
  expect((await fetch(`${url}/api/v1/sites`)).status).toBe(503)
  rmSync(folder, { recursive: true })
})

test('pnpm simulator explains a wrong flag and exits 2', async () => {
  child = start('--scale', 'big')
  const [message, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  expect(message).toContain('--scale must be a number, not "big".')
  expect(message).toContain('pnpm simulator [--port 8787]')
  expect(code).toBe(2)
})

function start(...flags: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, ['--import', 'tsx', main, ...flags])
}
