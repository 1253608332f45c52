import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ConfigurationError, StrataError } from '@strata/core'
import { createClock, type SimulatedClock } from './clock.ts'
import { checkFaults, faultKinds } from './faults/check-faults.ts'
import { createFaults } from './faults/create-faults.ts'
import type { FaultSpec } from './faults/fault-spec.ts'
import { fileClock } from './file-clock.ts'
import { checkCollections, type GivenCollections } from './given/check-collections.ts'
import {
  defaultInstances,
  type SimulatedInstance,
  type Simulator,
  startSimulator,
} from './start-simulator.ts'

/** An instance of the other API. */
const leads: SimulatedInstance = {
  id: 3,
  name: 'leads',
  apiKey: 'simulated-token-leads',
  api: 'gohighlevel',
  oauth: { clientId: 'simulated-client', clientSecret: 'simulated-secret' },
}

interface JsonFile<T> {
  readonly of: string
  readonly code: string
  readonly hint: string
  check(content: unknown): T
}

const faultsFile: JsonFile<readonly FaultSpec[]> = {
  of: 'faults',
  code: 'SIMULATOR_FAULTS_UNREADABLE',
  hint: 'It holds a JSON list, such as [{"kind": "status", "status": 503, "rate": 0.1}].',
  check: checkFaults,
}

const collectionsFile: JsonFile<GivenCollections> = {
  of: 'collections',
  code: 'SIMULATOR_COLLECTIONS_UNREADABLE',
  hint: 'It holds a JSON object, such as {"/api/v1/things/odata": [{"id": 1, "size": 2}]}.',
  check: checkCollections,
}

const usage = `Serves a simulated Clinical Conductor on 127.0.0.1, and contacts as GoHighLevel has them.

  pnpm simulator [--port 8787] [--scale 1] [--seed 1] [--clock-file FILE] [--faults FILE.json] [--collections FILE.json]

  --port        where to listen; 0 takes any port that is free
  --scale       1 is a thousand patients an instance
  --seed        another number gives other people
  --clock-file  keeps the simulated time in FILE, also for other processes
  --faults      what goes wrong: a list such as [{"kind": "status", "status": 503, "rate": 0.1}]
  --collections endpoints of your own: {"/api/v1/things/odata": [{"id": 1, "size": 2}]}

Kinds of faults: ${faultKinds.join(', ')}. See docs/simulator.md.
`

try {
  await main()
} catch (error) {
  if (!(error instanceof StrataError)) throw error
  console.error(error.hint === undefined ? error.message : `${error.message}\n${error.hint}`)
  process.exitCode = 2
}

async function main(): Promise<void> {
  const flags = readFlags()
  if (flags.help) {
    console.log(usage)
    return
  }
  const scale = numberFlag('scale', flags.scale)
  const seed = numberFlag('seed', flags.seed)
  const simulator = await startSimulator({
    port: numberFlag('port', flags.port),
    scale,
    seed,
    fault: flags.faults === undefined ? undefined : createFaults(readFile(flags.faults, faultsFile)),
    collections: flags.collections === undefined ? {} : readFile(flags.collections, collectionsFile),
    instances: [...defaultInstances, leads],
    clock: flags['clock-file'] === undefined ? createClock() : keptClock(flags['clock-file'], scale, seed),
  })
  console.log(welcome(simulator))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.close())
}

/** The file is there from the start, so that the world that was served first is the one that stays. */
function keptClock(path: string, scale: number, seed: number): SimulatedClock {
  const clock = fileClock(path, {
    scale,
    seed,
    whereOther: (kept) =>
      `Give --scale ${kept.scale} --seed ${kept.seed} again, or another --clock-file to begin anew.`,
  })
  clock.advance(0)
  return clock
}

function readFlags() {
  try {
    return parseArgs({
      options: {
        port: { type: 'string', default: '8787' },
        scale: { type: 'string', default: '1' },
        seed: { type: 'string', default: '1' },
        'clock-file': { type: 'string' },
        faults: { type: 'string' },
        collections: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (cause) {
    throw new ConfigurationError({
      code: 'SIMULATOR_USAGE',
      message: cause instanceof Error ? cause.message : String(cause),
      hint: usage,
      cause,
    })
  }
}

function numberFlag(name: string, text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value)) return value
  throw new ConfigurationError({
    code: 'SIMULATOR_USAGE',
    message: `--${name} must be a number, not ${JSON.stringify(text)}.`,
    hint: usage,
  })
}

function readFile<T>(path: string, { of, code, hint, check }: JsonFile<T>): T {
  try {
    return check(JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    if (cause instanceof ConfigurationError) throw cause
    throw new ConfigurationError({
      code,
      message: `The file of ${of} ${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
      hint,
      cause,
    })
  }
}

function welcome(simulator: Simulator): string {
  const { instances, clock, port } = simulator
  const first = instances[0]!
  const lines = instances.map(({ id, name, apiKey, api }) => {
    const entity = api === 'gohighlevel' ? 'contacts' : 'patients'
    const secret = api === 'gohighlevel' ? 'token' : 'key'
    return `  ${name.padEnd(8)} ${simulator.url(id)}   ${secret} ${apiKey}   ${simulator.count(entity, id)} ${entity}`
  })
  return `A simulated Clinical Conductor, and a GoHighLevel. All people in it are made up.

${lines.join('\n')}

Try       curl -H 'X-ApiKey: ${first.apiKey}' '${simulator.url(first.id)}/api/v1/patients/odata?$top=2&$count=true'
          curl -H 'Authorization: Bearer ${leads.apiKey}' -H 'Version: 2021-07-28' '${simulator.url(leads.id)}/contacts/?locationId=${simulator.locationId(leads.id)}'
Look      curl http://127.0.0.1:${port}/_simulator
Advance   curl -X POST 'http://127.0.0.1:${port}/_simulator/advance?days=1'   (now ${clock.now().toISOString()})
Faults    curl --json '[{"kind": "status", "status": 503, "rate": 0.1}]' http://127.0.0.1:${port}/_simulator/faults
Edits     curl --json '[{"kind": "delete", "entity": "patients", "count": 3}]' http://127.0.0.1:${port}/_simulator/edits
Stop      Ctrl-C
`
}
