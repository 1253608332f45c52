import { accessSync, constants } from 'node:fs'
import { resolve } from 'node:path'
import { type Connector, type Instance, isApi, StrataError } from '@strata/core'
import { publicAddress } from '@strata/extractor'
import { createColors } from 'picocolors'
import {
  describeMissing,
  isUntouched,
  missingSettings,
  resolveInstances,
} from '../configuration/resolve-instances.ts'
import { connectDatabase } from '../database-connection.ts'
import { type CommonOptions, exitCodes, type Invocation } from '../invocation.ts'
import { simulatable } from '../job-sources.ts'
import { asSentence, plural } from '../reporters/format.ts'
import { wrapText } from '../reporters/wrap-text.ts'
import { openTableSources } from '../table-sources.ts'
import { openWorkspace, type Workspace } from '../workspace.ts'

/** One thing looked at, and what was found. */
interface Finding {
  readonly subject: string
  readonly ok: boolean
  readonly text: string
  readonly hint?: string | undefined
}

/** `models debug`: looks at everything that a run needs, and says of each whether it is there. */
export async function debugCommand(invocation: Invocation, options: CommonOptions): Promise<number> {
  const findings: Finding[] = [
    { subject: 'strata', ok: true, text: invocation.version },
    { subject: 'node', ok: true, text: `${process.version} on ${process.platform} ${process.arch}` },
  ]
  const directory = resolve(invocation.workingDirectory, options.projectDir ?? '.')
  findings.push(checkWritable(directory))
  const workspace = await attempt(findings, 'project', () => openWorkspace(invocation, options))
  if (workspace) {
    const { graph } = workspace.compilation
    const models = graph.nodes.filter((node) => node.kind === 'model').length
    findings.push({
      subject: 'project',
      ok: true,
      text: `${workspace.project.name}: ${plural(models, 'model')}, ${plural(graph.nodes.length, 'node')}, no errors`,
    })
    findings.push({ subject: 'target', ok: true, text: describeTarget(workspace) })
    findings.push(...workspace.notes.map((text) => ({ subject: 'profile', ok: true, text })))
    findings.push(...(await checkDatabase(workspace)))
    findings.push(...(await checkSources(workspace, invocation.signal)))
  } else if (workspace === null)
    findings.push({ subject: 'project', ok: false, text: 'the files have errors; see above' })

  const { terminal, commandName } = invocation
  const colors = createColors(terminal.color)
  const room = terminal.outIsTerminal ? terminal.columns - 15 : null
  for (const finding of findings) {
    const mark = finding.ok ? colors.green('✓') : colors.red('✗')
    terminal.out(`${mark} ${finding.subject.padEnd(9)}  ${finding.text}`)
    const hint = finding.hint === undefined ? [] : wrapText(asSentence(finding.hint, commandName), room)
    for (const [index, line] of hint.entries())
      terminal.out(`             ${index === 0 ? colors.cyan('→') : ' '} ${line}`)
  }
  return findings.every((finding) => finding.ok) ? exitCodes.success : exitCodes.failed
}

function checkWritable(directory: string): Finding {
  try {
    accessSync(directory, constants.W_OK)
    return { subject: 'folder', ok: true, text: directory }
  } catch {
    return {
      subject: 'folder',
      ok: false,
      text: `${directory} cannot be written`,
      hint: 'target/ and .strata/ are made in it: make it writable, or work on a copy.',
    }
  }
}

/** undefined: it threw, and the finding is noted. */
async function attempt<T>(
  findings: Finding[],
  subject: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof StrataError)) throw error
    findings.push({ subject, ok: false, text: `${error.message} [${error.code}]`, hint: error.hint })
    return undefined
  }
}

function describeTarget({ target }: Workspace): string {
  const schemas = target.prefix === '' ? 'no schema prefix' : `schemas begin with ${target.prefix}`
  return `${target.name}: ${schemas}, bronze in ${target.landingSchema}, ${plural(target.threads, 'thread')}`
}

async function checkDatabase(workspace: Workspace): Promise<Finding[]> {
  const findings: Finding[] = []
  const connection = await attempt(findings, 'database', () => connectDatabase(workspace))
  if (connection === undefined) return findings
  try {
    const { rows } = await connection.database.query<{ may_create: boolean; role: string }>(
      "select has_database_privilege(current_database(), 'CREATE') as may_create, current_user::text as role",
    )
    const may = rows[0]?.may_create === true
    findings.push({
      subject: 'database',
      ok: may,
      text: may
        ? connection.description
        : `${connection.description}: ${rows[0]?.role} may not create schemas in it`,
      hint: may ? undefined : 'Grant it: grant create on database … to ….',
    })
  } finally {
    await connection.close()
  }
  return findings
}

async function checkSources(workspace: Workspace, signal: AbortSignal): Promise<Finding[]> {
  const connectors = new Map<string, Connector>()
  for (const node of workspace.compilation.graph.nodes)
    if (node.kind === 'job') connectors.set(node.job.source, node.connector)
  return Promise.all([...connectors.values()].map((connector) => checkSource(workspace, connector, signal)))
}

async function checkSource(
  workspace: Workspace,
  connector: Connector,
  signal: AbortSignal,
): Promise<Finding> {
  const { environment, directory } = workspace
  const { source, kind } = connector
  const lacks = `${missingSettings(connector, environment).map(describeMissing).join('; ')}.`
  if (isUntouched(connector, environment))
    return {
      subject: 'source',
      ok: true,
      text: `${source}: not configured; ${howElse(workspace, connector)}`,
      hint: lacks,
    }
  try {
    const instances = resolveInstances(connector, environment, directory) ?? []
    if (!isApi(connector)) await reach(connector, instances, signal)
    const places = instances.map(({ name, address }) => `${name} at ${publicAddress(address)}`)
    return { subject: 'source', ok: true, text: `${source} (${kind}): ${places.join(', ')}` }
  } catch (error) {
    if (!(error instanceof StrataError)) throw error
    return { subject: 'source', ok: false, text: error.message, hint: error.hint }
  }
}

/** Opens a snapshot of each instance of a database or of files. An API is not asked: `source probe` is for that. */
async function reach(
  connector: Connector,
  instances: readonly Instance[],
  signal: AbortSignal,
): Promise<void> {
  const sources = openTableSources()
  try {
    for (const instance of instances)
      await sources.sourceOf(connector, instance).snapshot(signal, () => Promise.resolve())
  } finally {
    await sources.close()
  }
}

function howElse({ databaseUrl }: Workspace, connector: Connector): string {
  const { source } = connector
  if (!isApi(connector) || !simulatable.includes(source)) return 'its jobs are left out'
  return databaseUrl === null
    ? 'simulated on the embedded database'
    : `landing needs its variables, or --simulate ${source}`
}
