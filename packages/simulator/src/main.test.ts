import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { faultWords } from './faults/check-faults.ts'

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

test('pnpm simulator serves the collections of a file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'collections-'))
  const file = join(folder, 'collections.json')
  const things = '/api/v1/things/odata'
  writeFileSync(
    file,
    JSON.stringify({
      [things]: [{ id: 2 }, { id: 1, size: 3 }],
      '/codes': { shape: 'array', key: 'c', records: [{ c: 'x' }] },
    }),
  )
  child = start('--port', '0', '--scale', '0.01', '--collections', file)
  const [welcome] = (await once(child.stdout, 'data')) as [Buffer]
  const [, url] = /(http:\/\/\S+\/south)/.exec(String(welcome)) ?? []
  const get = async (path: string) =>
    (await fetch(`${url}${path}`, { headers: { 'X-ApiKey': 'simulated-key-south' } })).json()
  expect(await get(`${things}?$filter=id gt 0&$orderby=id`)).toMatchObject({
    value: [{ id: 1, size: 3 }, { id: 2 }],
  })
  expect(await get('/codes')).toEqual([{ c: 'x' }])
  rmSync(folder, { recursive: true })
})

test('the page of documentation has every fault, and each of its fields and values', () => {
  const page = readFileSync(new URL('../../../docs/simulator.md', import.meta.url), 'utf8')
  for (const word of faultWords()) expect(page, word).toContain(`\`${word}\``)
  for (const flag of ['--faults', '--collections', '--scale', '--seed', '--port', '--clock-file'])
    expect(page).toContain(flag)
})

test('pnpm simulator explains a wrong flag and exits 2', async () => {
  child = start('--scale', 'big')
  const [message, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  expect(message).toContain('--scale must be a number, not "big".')
  expect(message).toContain('pnpm simulator [--port 8787]')
  expect(code).toBe(2)
})

test('pnpm simulator serves one world from one clock file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'world-'))
  const clock = join(folder, 'clock.json')
  child = start('--port', '0', '--scale', '0.01', '--clock-file', clock)
  await once(child.stdout, 'data')
  child.kill('SIGINT')
  await once(child, 'exit')
  child = start('--port', '0', '--scale', '0.02', '--clock-file', clock)
  const [message, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  expect(message).toContain('Give --scale 0.01 --seed 1 again, or another --clock-file')
  expect(code).toBe(2)
  rmSync(folder, { recursive: true })
})

function start(...flags: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, ['--import', 'tsx', main, ...flags])
}
