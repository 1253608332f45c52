import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { ConfigurationError, type Connector, type Instance, isApi, type Plan } from '@strata/core'
import type { TableSource } from '@strata/extractor'
import type { FaultSpec, FileClock, SimulatedInstance, Simulator } from '@strata/simulator'
import {
  isUntouched,
  notConfigured,
  resolveInstances,
  variablesOf,
} from './configuration/resolve-instances.ts'
import { jobsOf } from './selected-jobs.ts'
import { clockFileIn, nameOfDatabase } from './simulated-day.ts'
import type { Workspace } from './workspace.ts'

/** The instances of every source that a plan's jobs read, and the simulator behind those that are simulated. */
export interface JobSources {
  /** The plan, in which jobs of sources that are not configured are skipped, where others can be landed. */
  readonly plan: Plan
  readonly instancesOf: (source: string) => readonly Instance[]
  /** What reads an instance of a database or of files: opened when it is first asked for, and closed with these. */
  readonly tableSourceOf: (connector: Connector, instance: Instance) => TableSource
  /** What to tell the user about simulated sources. */
  readonly notes: readonly string[]
  /** To be called once everything has landed that could be: at simulated sites a day passes until the next landing. */
  landed(): void
  close(): Promise<void>
}

export interface JobSourceOptions {
  /** Sources named with --simulate. */
  readonly simulate: readonly string[]
  /** On the embedded database sources are simulated without being asked for, as long as none is configured. */
  readonly embedded: boolean
  /** Whether records will be landed now, so that the simulated world stays the one that it is. */
  readonly landing: boolean
}

interface SimulatedApi {
  readonly api: NonNullable<SimulatedInstance['api']>
  /** The name under which its credentials hold the key. */
  readonly credential: string
  readonly parametersOf: (instance: string) => Instance['parameters']
}

const simulatedApis: { readonly [source: string]: SimulatedApi } = {
  clinical_conductor: { api: 'clinical_conductor', credential: 'api_key', parametersOf: () => ({}) },
  gohighlevel: {
    api: 'gohighlevel',
    credential: 'token',
    parametersOf: (instance) => ({ locationId: locationOf(instance) }),
  },
}

/** Sources that the built-in simulator serves. */
export const simulatable: readonly string[] = Object.keys(simulatedApis)

function locationOf(instance: string): string {
  return `location-${instance}`
}

/** Refuses sources that no simulator serves, before anything else happens. Throws `ConfigurationError`. */
export function refuseUnknownSimulations(simulate: readonly string[]): void {
  const unknown = simulate.find((source) => !simulatable.includes(source))
  if (unknown === undefined) return
  throw new ConfigurationError({
    code: 'NOT_SIMULATED',
    message: `there is no simulator for "${unknown}"`,
    hint: `The built-in simulator serves ${simulatable.join(' and ')}.`,
  })
}

/** Finds out how each source of the plan is reached, and starts the simulator where one is simulated. Throws `ConfigurationError`. */
export async function openJobSources(
  workspace: Workspace,
  plan: Plan,
  options: JobSourceOptions,
): Promise<JobSources> {
  const { real, simulated, absent } = sortConnectors(workspace, plan, options)
  if (absent.length > 0 && real.size === 0 && simulated.length === 0)
    throw notConfigured(absent, simulatable, ['run', 'build'].includes(plan.command))
  const instances = new Map(real)
  const notes = absent.map((connector) => `${connector.source} is left out: ${howToConfigure(connector)}.`)
  // What is not read is not loaded.
  const isRead = plan.steps.some((step) => step.kind === 'job' && !isApi(step.connector))
  const tables = isRead ? (await import('./table-sources.ts')).openTableSources() : null
  let simulator: Simulator | null = null
  let clock: FileClock | null = null
  if (simulated.length > 0) {
    clock = await openClock(workspace)
    // Another scale is refused from now on, whatever becomes of this landing.
    if (options.landing) clock.advance(0)
    simulator = await startSimulated(workspace, simulated, clock)
    const today = clock.now().toISOString().slice(0, 10)
    for (const connector of simulated) {
      instances.set(connector.source, simulatedInstances(connector, simulator))
      const names = connector.instances.map((instance) => instance.name).join(', ')
      notes.push(`${connector.source} is simulated (${names}); simulated time ${today}.`)
    }
  }
  return {
    plan: skipping(plan, absent),
    instancesOf: (source) => instances.get(source) ?? [],
    tableSourceOf(connector, instance) {
      if (tables === null) throw new Error(`${connector.source} is no source of the plan`)
      return tables.sourceOf(connector, instance)
    },
    notes,
    landed: () => clock?.landed(nameOfDatabase(workspace), 24 * 60 * 60 * 1000),
    async close() {
      await tables?.close()
      await simulator?.close()
    },
  }
}

interface SortedConnectors {
  readonly real: ReadonlyMap<string, readonly Instance[]>
  readonly simulated: readonly Connector[]
  /** Neither configured nor to be simulated. */
  readonly absent: readonly Connector[]
}

/** Made-up and real records never land in one database: what is simulated unasked gives way to what is configured. */
function sortConnectors(
  { compilation, environment, directory }: Workspace,
  plan: Plan,
  { simulate, embedded }: JobSourceOptions,
): SortedConnectors {
  const connectors = new Map<string, Connector>()
  for (const step of plan.steps)
    if (step.kind === 'job' && step.intent !== 'skip') connectors.set(step.job.source, step.connector)
  // The simulator is an API: databases and files are what they are.
  const isToSimulate = (connector: Connector): boolean =>
    isApi(connector) && simulate.includes(connector.source)
  const real = new Map<string, readonly Instance[]>()
  const others: Connector[] = []
  for (const connector of connectors.values()) {
    const configured = isToSimulate(connector) ? null : resolveInstances(connector, environment, directory)
    if (configured === null) others.push(connector)
    else real.set(connector.source, configured)
  }
  const isReal = isAnyReal(compilation.graph, environment, isToSimulate)
  const isSimulated = (connector: Connector): boolean =>
    isToSimulate(connector) ||
    (isApi(connector) && simulatable.includes(connector.source) && embedded && !isReal)
  return {
    real,
    simulated: others.filter(isSimulated),
    absent: others.filter((connector) => !isSimulated(connector)),
  }
}

/** A source that nobody has set up stops no other one. */
function skipping(plan: Plan, absent: readonly Connector[]): Plan {
  if (absent.length === 0) return plan
  const reasons = new Map(absent.map((connector) => [connector.source, howToConfigure(connector)]))
  return {
    ...plan,
    steps: plan.steps.map((step) => {
      const reason = step.kind === 'job' ? reasons.get(step.job.source) : undefined
      if (reason === undefined || step.intent === 'skip') return step
      return { ...step, intent: 'skip', reason: `not configured: ${reason}` }
    }),
  }
}

function howToConfigure(connector: Connector): string {
  const variables = variablesOf(connector)
  return `${variables.join(', ')} ${variables.length === 1 ? 'is' : 'are'} not set`
}

/** Whether somebody has begun to configure an active source of the project, other than those that are simulated all the same. */
export function isAnyReal(
  graph: Workspace['compilation']['graph'],
  environment: Workspace['environment'],
  isToSimulate: (connector: Connector) => boolean = () => false,
): boolean {
  return graph.nodes.some(
    (node) =>
      node.kind === 'job' &&
      node.job.active &&
      !isToSimulate(node.connector) &&
      !isUntouched(node.connector, environment),
  )
}

/** Whether runs land simulated records in the target's database where nobody says so: in the embedded one, as long as no source is real. */
export function isSimulatedUnasked(
  graph: Workspace['compilation']['graph'],
  environment: Workspace['environment'],
  { databaseUrl }: Pick<Workspace, 'databaseUrl'>,
): boolean {
  return (
    databaseUrl === null &&
    graph.nodes.some(
      (node) => node.kind === 'job' && isApi(node.connector) && simulatable.includes(node.connector.source),
    ) &&
    !isAnyReal(graph, environment)
  )
}

/** Throws `ConfigurationError` where the world is another one than that from which has landed. */
async function openClock({ directory, environment }: Workspace): Promise<FileClock> {
  const { fileClock } = await import('@strata/simulator')
  const clock = fileClock(clockFileIn(directory), {
    scale: scaleIn(environment),
    seed,
    whereOther: (kept) =>
      `Set STRATA_SIMULATOR_SCALE=${kept.scale} again, or begin anew: \`models db reset --yes\` deletes the embedded database and the simulated time with it. For a database of your own, drop its schemas, and delete that file.`,
  })
  clock.now()
  return clock
}

async function startSimulated(
  { compilation, directory, environment }: Workspace,
  connectors: readonly Connector[],
  clock: FileClock,
): Promise<Simulator> {
  const { createFaults, startSimulator } = await import('@strata/simulator')
  const faults = environment['STRATA_SIMULATOR_FAULTS']
  return startSimulator({
    scale: scaleIn(environment),
    seed,
    clock,
    ...(faults !== undefined &&
      faults !== '' && {
        fault: createFaults(faultsIn(resolve(directory, faults))),
      }),
    clinics: clinicsIn(compilation.graph),
    instances: connectors.flatMap(({ source, instances }) =>
      instances.map(({ id, name }) => ({
        id,
        name,
        apiKey: randomBytes(12).toString('hex'),
        api: simulatedApis[source]?.api,
        locationId: locationOf(name),
      })),
    ),
  })
}

/** Those that the project declares: contacts become the same patients, whatever a plan lands. Undefined: it declares none. */
function clinicsIn({ nodes }: Workspace['compilation']['graph']): readonly number[] | undefined {
  const clinic = jobsOf(nodes).find(({ job }) => job.source === 'clinical_conductor')
  return clinic?.connector.instances.map(({ id }) => id)
}

const seed = 1

function scaleIn(environment: Workspace['environment']): number {
  const text = environment['STRATA_SIMULATOR_SCALE'] ?? ''
  const scale = text.trim() === '' ? 1 : Number(text)
  if (scale > 0 && scale <= 100_000) return scale
  throw new ConfigurationError({
    code: 'BAD_SCALE',
    message: `STRATA_SIMULATOR_SCALE is "${text}"`,
    hint: 'Give a number above 0 and up to 100000; 1 is a thousand patients an instance.',
  })
}

/** Throws `ConfigurationError` where the file cannot be read, or holds no faults. */
function faultsIn(file: string): readonly FaultSpec[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as readonly FaultSpec[]
  } catch (cause) {
    throw new ConfigurationError({
      code: 'SIMULATOR_FAULTS_UNREADABLE',
      message: `${file}, which STRATA_SIMULATOR_FAULTS names, cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: 'It is a list of faults in JSON: docs/simulator.md has them.',
      cause,
    })
  }
}

function simulatedInstances({ source, instances }: Connector, simulator: Simulator): readonly Instance[] {
  const { credential, parametersOf } = simulatedApis[source]!
  return instances.map(({ id, name }) => ({
    id,
    name,
    address: simulator.url(id),
    credentials: { [credential]: simulator.apiKey(id) },
    parameters: parametersOf(name),
    simulated: true,
  }))
}
