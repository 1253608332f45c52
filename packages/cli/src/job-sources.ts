import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigurationError, type Connector, type Instance, type Plan } from '@strata/core'
import { fileClock, type Simulator, startSimulator } from '@strata/simulator'
import { notConfigured, resolveInstances } from './configuration/resolve-instances.ts'
import type { Workspace } from './workspace.ts'

/** The instances of every source that a plan's jobs read, and the simulator behind those that are simulated. */
export interface JobSources {
  readonly instancesOf: (source: string) => readonly Instance[]
  /** What to tell the user about simulated sources. */
  readonly notes: readonly string[]
  close(): Promise<void>
}

export interface JobSourceOptions {
  /** Sources named with --simulate. */
  readonly simulate: readonly string[]
  /** On the embedded database a source that is not configured is simulated without being asked for. */
  readonly embedded: boolean
  /** Whether records will be landed now, so that the simulated clock goes on. */
  readonly landing: boolean
}

const simulatable = 'clinical_conductor'

/** Refuses sources that no simulator serves, before anything else happens. Throws `ConfigurationError`. */
export function refuseUnknownSimulations(simulate: readonly string[]): void {
  const unknown = simulate.find((source) => source !== simulatable)
  if (unknown === undefined) return
  throw new ConfigurationError({
    code: 'NOT_SIMULATED',
    message: `there is no simulator for "${unknown}"`,
    hint: `The built-in simulator serves ${simulatable}.`,
  })
}

/** Finds out how each source of the plan is reached, and starts the simulator where one is simulated. Throws `ConfigurationError`. */
export async function openJobSources(
  workspace: Workspace,
  plan: Plan,
  options: JobSourceOptions,
): Promise<JobSources> {
  const connectors = new Map<string, Connector>()
  for (const step of plan.steps)
    if (step.kind === 'job' && step.intent !== 'skip') connectors.set(step.job.source, step.connector)
  const instances = new Map<string, readonly Instance[]>()
  const notes: string[] = []
  let simulator: Simulator | null = null
  for (const connector of connectors.values()) {
    const wanted = options.simulate.includes(connector.source)
    const configured = wanted ? null : resolveInstances(connector, workspace.environment)
    if (configured !== null) {
      instances.set(connector.source, configured)
      continue
    }
    if (connector.source !== simulatable || !(wanted || options.embedded)) throw notConfigured(connector)
    simulator = await startSimulated(workspace, connector, options.landing)
    instances.set(connector.source, simulatedInstances(connector, simulator))
    const names = connector.instances.map((instance) => instance.name).join(', ')
    const today = simulator.clock.now().toISOString().slice(0, 10)
    notes.push(`${connector.source} is simulated (${names}); simulated time ${today}.`)
  }
  return {
    instancesOf: (source) => instances.get(source) ?? [],
    notes,
    close: async () => simulator?.close(),
  }
}

/** Between two landings a day passes at the simulated sites, so that there is something new to land. */
async function startSimulated(
  workspace: Workspace,
  connector: Connector,
  landing: boolean,
): Promise<Simulator> {
  const clockFile = join(workspace.directory, '.strata', 'simulator.json')
  const landedBefore = existsSync(clockFile)
  const clock = fileClock(clockFile)
  if (landing) clock.advance(landedBefore ? 24 * 60 * 60 * 1000 : 0)
  const scale = Number(workspace.environment['STRATA_SIMULATOR_SCALE'] ?? '1')
  return startSimulator({
    scale: Number.isFinite(scale) && scale > 0 ? scale : 1,
    clock,
    instances: connector.instances.map(({ id, name }) => ({
      id,
      name,
      apiKey: randomBytes(12).toString('hex'),
    })),
  })
}

function simulatedInstances(connector: Connector, simulator: Simulator): readonly Instance[] {
  return connector.instances.map(({ id, name }) => ({
    id,
    name,
    baseUrl: simulator.url(id),
    credentials: { api_key: simulator.apiKey(id) },
    parameters: {},
    simulated: true,
  }))
}
