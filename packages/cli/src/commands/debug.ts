import { accessSync, constants } from 'node:fs'
import { resolve } from 'node:path'
import { type Connector, isApi, StrataError } from '@strata/core'
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
import { plural } from '../reporters/format.ts'
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
    findings.push(...checkSources(workspace))
  } else if (workspace === null)
    findings.push({ subject: 'project', ok: false, text: 'the files have errors; see above' })

  const colors = createColors(invocation.terminal.color)
  for (const finding of findings) {
    const mark = finding.ok ? colors.green('✓') : colors.red('✗')
    invocation.terminal.out(`${mark} ${finding.subject.padEnd(9)}  ${finding.text}`)
    if (finding.hint !== undefined)
      invocation.terminal.out(`             ${colors.cyan('→')} ${finding.hint}`)
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

function checkSources(workspace: Workspace): Finding[] {
  const connectors = new Map<string, Connector>()
  for (const node of workspace.compilation.graph.nodes)
    if (node.kind === 'job') connectors.set(node.job.source, node.connector)
  return [...connectors.values()].map((connector) => checkSource(workspace, connector))
}

function checkSource(workspace: Workspace, connector: Connector): Finding {
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
    const places = instances.map(({ name, address }) => `${name} at ${publicAddress(address)}`)
    return { subject: 'source', ok: true, text: `${source} (${kind}): ${places.join(', ')}` }
  } catch (error) {
    if (!(error instanceof StrataError)) throw error
    return { subject: 'source', ok: false, text: error.message, hint: error.hint }
  }
}

function howElse({ databaseUrl }: Workspace, connector: Connector): string {
  const { source } = connector
  if (!isApi(connector) || !simulatable.includes(source)) return 'its jobs are left out'
  return databaseUrl === null
    ? 'simulated on the embedded database'
    : `landing needs its variables, or --simulate ${source}`
}
