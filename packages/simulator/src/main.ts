import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ConfigurationError, StrataError } from '@strata/core'
import { createClock } from './clock.ts'
import { checkFaults, faultKinds } from './faults/check-faults.ts'
import { createFaults } from './faults/create-faults.ts'
import type { FaultSpec } from './faults/fault-spec.ts'
import { fileClock } from './file-clock.ts'
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

const usage = `Serves a simulated Clinical Conductor on 127.0.0.1, and contacts as GoHighLevel has them.

  pnpm simulator [--port 8787] [--scale 1] [--seed 1] [--clock-file FILE] [--faults FILE.json]

  --port        where to listen; 0 takes any port that is free
  --scale       1 is a thousand patients an instance
  --seed        another number gives other people
  --clock-file  keeps the simulated time in FILE, also for other processes
  --faults      what goes wrong: a list such as [{"kind": "status", "status": 503, "rate": 0.1}]

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
  const simulator = await startSimulator({
    port: numberFlag('port', flags.port),
    scale: numberFlag('scale', flags.scale),
    seed: numberFlag('seed', flags.seed),
    fault: flags.faults === undefined ? undefined : createFaults(readFaults(flags.faults)),
    instances: [...defaultInstances, leads],
    clock: flags['clock-file'] === undefined ? createClock() : fileClock(flags['clock-file']),
  })
  console.log(welcome(simulator))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.close())
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

function readFaults(path: string): readonly FaultSpec[] {
  try {
    return checkFaults(JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    if (cause instanceof ConfigurationError) throw cause
    throw new ConfigurationError({
      code: 'SIMULATOR_FAULTS_UNREADABLE',
      message: `The file of faults ${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
      hint: 'It holds a JSON list, such as [{"kind": "status", "status": 503, "rate": 0.1}].',
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
