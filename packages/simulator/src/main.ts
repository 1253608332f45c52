import { parseArgs } from 'node:util'
import { ConfigurationError, StrataError } from '@strata/core'
import { createClock } from './clock.ts'
import { fileClock } from './file-clock.ts'
import { type Simulator, startSimulator } from './start-simulator.ts'

const usage = `Serves a simulated Clinical Conductor on 127.0.0.1.

  pnpm simulator [--port 8787] [--scale 1] [--seed 1] [--clock-file FILE]

  --port        where to listen; 0 takes any port that is free
  --scale       1 is a thousand patients an instance
  --seed        another number gives other people
  --clock-file  keeps the simulated time in FILE, also for other processes
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

function welcome(simulator: Simulator): string {
  const { instances, clock, port } = simulator
  const first = instances[0]!
  const lines = instances.map(({ id, name, apiKey }) => {
    const patients = simulator.count('patients', id)
    return `  ${name.padEnd(8)} ${simulator.url(id)}   key ${apiKey}   ${patients} patients`
  })
  return `A simulated Clinical Conductor. All people in it are made up.

${lines.join('\n')}

Try       curl -H 'X-ApiKey: ${first.apiKey}' '${simulator.url(first.id)}/api/v1/patients/odata?$top=2&$count=true'
Look      curl http://127.0.0.1:${port}/_simulator
Advance   curl -X POST 'http://127.0.0.1:${port}/_simulator/advance?days=1'   (now ${clock.now().toISOString()})
Stop      Ctrl-C
`
}
