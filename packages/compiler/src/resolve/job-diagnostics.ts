import type { ApiConnector, Diagnostic, EndpointJob, Location, Paging } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import type { Declared } from '../project/parse-properties.ts'
import type {
  EndpointJobProperties,
  SourceProperties,
  TableProperties,
} from '../project/properties-schema.ts'
import type { YamlPath } from '../project/yaml-document.ts'
import { sliceDiagnostics } from './slice-diagnostics.ts'

/** A job with the table entry that declares it. */
export interface DeclaredJob {
  readonly job: EndpointJob
  readonly table: TableProperties
  readonly properties: EndpointJobProperties
  /** Path of the table entry in its document. */
  readonly path: YamlPath
}

/** All that the jobs of one source are checked against. */
export interface JobsOfSource {
  readonly declared: Declared<SourceProperties>
  readonly connector: ApiConnector
  readonly jobs: readonly DeclaredJob[]
  /** Names of this source's tables that are switched off. */
  readonly disabled: ReadonlySet<string>
}

/** What is wrong with the jobs of a source that can be known before anything runs. */
export function jobDiagnostics(source: JobsOfSource): readonly Diagnostic[] {
  return [
    ...headerPlaces(source),
    ...source.jobs.flatMap((one) => [
      ...sliceDiagnostics(source, one),
      ...missingValues(source, one),
      ...unknownKeyParameters(source, one),
      ...unfitRequests(source, one),
    ]),
    ...unfitPaging(source),
  ]
}

/** The `{places}` of an endpoint, a query parameter or a header. */
export function placesIn(text: string): readonly string[] {
  return [...text.matchAll(/\{([A-Za-z_][\w-]*)\}/g)].map((match) => match[1]!)
}

function missingValues({ declared, connector }: JobsOfSource, { job, path }: DeclaredJob): Diagnostic[] {
  const given = job.slices.map((slice) => slice.parameter)
  const missingIn = (text: string, what: string, location: () => Location) =>
    placesIn(text)
      .filter((place) => !given.includes(place))
      .flatMap((place) => missingValue(connector, job, given, place, what, location()))
  const at = (...steps: readonly string[]) => declared.document.locate([...path, 'job', ...steps])
  return [
    ...missingIn(job.endpoint, 'endpoint', () => at('endpoint')),
    ...Object.entries(job.params).flatMap(([name, value]) =>
      missingIn(value, `query parameter ${name}`, () => at('params', name)),
    ),
  ]
}

function missingValue(
  { instances }: ApiConnector,
  { source, table }: EndpointJob,
  given: readonly string[],
  place: string,
  what: string,
  location: Location,
): Diagnostic[] {
  const without = instances.filter(({ parameters }) => !(place in parameters))
  if (without.length === 0) return []
  const of = `the ${what} of ${source}.${table} has a place {${place}}`
  if (without.length < instances.length) {
    return [lackingInstances(of, place, without, location)]
  }
  const known = [...given, ...instances.flatMap(({ parameters }) => Object.keys(parameters))]
  return [
    {
      code: 'MISSING_SLICE',
      severity: 'error',
      message: `${of}, but nothing says where its values come from`,
      hint: didYouMean(place, known) ?? `Add to the job: slices: [{parameter: ${place}, table: …, path: id}]`,
      location,
    },
  ]
}

function lackingInstances(
  of: string,
  place: string,
  without: readonly { readonly name: string }[],
  location: Location,
): Diagnostic {
  return {
    code: 'MISSING_PARAMETER',
    severity: 'error',
    message: `${of}, which ${without.map(({ name }) => name).join(', ')} ${without.length === 1 ? 'does' : 'do'} not give`,
    hint: `Add ${place} under parameters: of each instance.`,
    location,
  }
}

/** A header is the same for all slices. */
function headerPlaces({ declared, connector }: JobsOfSource): Diagnostic[] {
  return Object.entries(connector.headers).flatMap(([header, text]) =>
    placesIn(text).flatMap((place) => {
      const without = connector.instances.filter(({ parameters }) => !(place in parameters))
      if (without.length === 0) return []
      const location = declared.document.locate([...declared.path, 'connector', 'headers', header])
      const of = `the header ${header} of ${connector.source} has a place {${place}}`
      return [lackingInstances(of, place, without, location)]
    }),
  )
}

function unknownKeyParameters(
  { declared, connector }: JobsOfSource,
  { job, path }: DeclaredJob,
): Diagnostic[] {
  const given = [
    ...job.slices.map((slice) => slice.parameter),
    ...connector.instances.flatMap(({ parameters }) => Object.keys(parameters)),
  ]
  return job.key.flatMap((part, index): Diagnostic[] => {
    if (!('parameter' in part) || given.includes(part.parameter)) return []
    return [
      {
        code: 'UNKNOWN_KEY_PARAMETER',
        severity: 'error',
        message: `the key of ${job.source}.${job.table} takes in the parameter ${part.parameter}, which the job does not have`,
        hint:
          didYouMean(part.parameter, given) ?? 'Name a parameter of its slices, or a field of the record.',
        location: declared.document.locate([...path, 'job', 'key', index]),
      },
    ]
  })
}

/** What an API of this kind cannot be asked. */
function unfitRequests(
  { declared, connector }: JobsOfSource,
  { job, properties, path }: DeclaredJob,
): Diagnostic[] {
  const found: Diagnostic[] = []
  const name = `${job.source}.${job.table}`
  const at = (...steps: readonly string[]) => declared.document.locateKey([...path, 'job', ...steps])
  if (connector.kind === 'odata' && typeof job.cursor?.startParam === 'string') {
    found.push({
      code: 'CURSOR_START_PARAM',
      severity: 'error',
      message: `${name} gives its lower bound in the query parameter ${job.cursor.startParam}, but OData is asked by $filter`,
      hint: 'Remove start_param; or, where the API is no OData, say connector: {kind: rest}.',
      location: at('cursor', 'start_param'),
    })
  }
  if (connector.kind === 'rest' && job.window !== null) {
    found.push({
      code: 'WINDOW_NEEDS_ODATA',
      severity: 'error',
      message: `${name} is walked in windows of dates, which needs the $filter of OData`,
      hint: 'Remove window:, and let page_size and paging keep the answers small.',
      location: at('window'),
    })
  }
  if (
    job.sweep !== null &&
    job.cursor === null &&
    !job.slices.some(({ refresh }) => refresh === 'on_change')
  ) {
    found.push({
      code: 'SWEEP_WITHOUT_CURSOR',
      severity: 'warning',
      message: `${name} has a sweep, but without a cursor each of its walks is a full one`,
      hint: 'Remove sweep:, or add the cursor.',
      location: at('sweep'),
    })
  }
  if (job.key.some((part) => 'record' in part)) {
    if (job.cursor !== null)
      found.push({
        code: 'ROW_KEY_WITH_CURSOR',
        severity: 'error',
        message: `${name} tells its records apart by all that they hold (key: row), and reads increments: the former version of a changed record would stay beside the new one`,
        hint: 'Name the fields of its key; or remove cursor:, so that each walk reads everything.',
        location: at('cursor'),
      })
    if (job.paging.kind === 'keyset')
      found.push({
        code: 'ROW_KEY_WITHOUT_ORDER',
        severity: 'error',
        message: `${name} is paged by its key, and has none (key: row)`,
        hint: 'Name the fields of its key, or another paging.',
        location: at('paging'),
      })
  }
  if (properties.paging) {
    found.push(...pagingMisfit(connector, job.paging, `${name} is`, () => at('paging')))
  }
  return found
}

/** What the connector says for all jobs that do not say, told once. */
function unfitPaging({ declared, connector, jobs }: JobsOfSource): Diagnostic[] {
  const follower = jobs.find(({ properties }) => !properties.paging)
  const { connector: written } = declared.value
  if (!written || !('paging' in written) || !written.paging || follower === undefined) return []
  return pagingMisfit(connector, follower.job.paging, `the jobs of ${connector.source} are`, () =>
    declared.document.locateKey([...declared.path, 'connector', 'paging']),
  )
}

/** Paging that is made of query options of OData, and paging that is made of what OData does not have. */
const pagingNeeds: { readonly [kind in Paging['kind']]: ApiConnector['kind'] | null } = {
  auto: 'odata',
  keyset: 'odata',
  offset: 'rest',
  page_number: 'rest',
  cursor: 'rest',
  next_link: null,
  single: null,
}

function pagingMisfit(
  { kind }: ApiConnector,
  paging: Paging,
  who: string,
  location: () => Location,
): Diagnostic[] {
  const needed = pagingNeeds[paging.kind]
  if (needed === null || needed === kind) return []
  const fit = (Object.keys(pagingNeeds) as Paging['kind'][]).filter(
    (other) => pagingNeeds[other] === kind || pagingNeeds[other] === null,
  )
  return [
    {
      code: needed === 'odata' ? 'PAGING_NEEDS_ODATA' : 'PAGING_NEEDS_REST',
      severity: 'error',
      message: `${who} paged by ${paging.kind}, which is for ${needed}, and the connector is of kind ${kind}`,
      hint: `For ${kind} there are: ${fit.join(', ')}.`,
      location: location(),
    },
  ]
}
