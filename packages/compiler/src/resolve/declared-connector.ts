import { type Auth, type Connector, type Diagnostic, isApi, type Setting } from '@strata/core'
import type { Declared } from '../project/parse-properties.ts'
import type {
  ApiConnectorProperties,
  ConnectorProperties,
  SourceProperties,
} from '../project/properties-schema.ts'

const credentialsOf: { readonly [kind in Auth['kind']]: readonly string[] } = {
  api_key: ['api_key'],
  bearer: ['token'],
  http_basic: ['username', 'password'],
  oauth2_client_credentials: ['client_id', 'client_secret'],
  none: [],
}

export function toConnector(source: string, connector: ConnectorProperties): Connector {
  switch (connector.kind) {
    case 'mysql':
    case 'postgres':
      return {
        source,
        kind: connector.kind,
        timeZone: connector.time_zone ?? null,
        timeoutSeconds: connector.timeout,
        concurrency: connector.concurrency,
        instances: connector.instances.map(({ id, name, url, password }) => ({
          id,
          name,
          address: toSetting(url),
          credentials: (password === undefined ? {} : { password: toSetting(password) }) as {
            readonly [name: string]: Setting
          },
          parameters: {},
        })),
      }
    case 'csv':
      return {
        source,
        kind: connector.kind,
        instances: connector.instances.map(({ id, name, path }) => ({
          id,
          name,
          address: toSetting(path),
          credentials: {},
          parameters: {},
        })),
      }
    default:
      return toApiConnector(source, connector)
  }
}

function toApiConnector(source: string, connector: ApiConnectorProperties): Connector {
  return {
    source,
    kind: connector.kind,
    auth: toAuth(connector.auth),
    headers: connector.headers,
    timeoutSeconds: connector.timeout,
    concurrency: connector.concurrency,
    requestIntervalMs: connector.request_interval_ms,
    requestBudget: connector.request_budget
      ? {
          requests: connector.request_budget.requests,
          perSeconds: connector.request_budget.per_seconds,
        }
      : null,
    maxRetryAfterSeconds: connector.max_retry_after,
    instances: connector.instances.map((instance) => ({
      id: instance.id,
      name: instance.name,
      address: toSetting(instance.base_url),
      credentials: Object.fromEntries(
        credentialsOf[connector.auth.kind].flatMap((name) => {
          const value = instance[name as keyof typeof instance] as SettingProperty | undefined
          return value === undefined ? [] : [[name, toSetting(value)]]
        }),
      ),
      parameters: Object.fromEntries(
        Object.entries(instance.parameters).map(([name, value]) => [name, toSetting(value)]),
      ),
    })),
  }
}

/** Instances that lack what the authentication of their connector needs. */
export function missingCredentials(
  declared: Declared<SourceProperties>,
  connector: Connector,
): readonly Diagnostic[] {
  if (!isApi(connector)) return []
  const { source, auth, instances } = connector
  return instances.flatMap((instance, index) =>
    credentialsOf[auth.kind]
      .filter((name) => !(name in instance.credentials))
      .map((name) => ({
        code: 'MISSING_CREDENTIAL',
        severity: 'error' as const,
        message: `instance ${instance.name} of ${source} has no ${name}, which ${auth.kind} needs`,
        hint: `Add ${name}: { env: NAME_OF_A_VARIABLE }.`,
        location: declared.document.locate([...declared.path, 'connector', 'instances', index]),
      })),
  )
}

type SettingProperty = string | { readonly env: string }

function toSetting(value: SettingProperty): Setting {
  return typeof value === 'string' ? { value } : { env: value.env }
}

function toAuth(auth: ApiConnectorProperties['auth']): Auth {
  if (auth.kind !== 'oauth2_client_credentials') return auth
  return { kind: auth.kind, tokenUrl: auth.access_token_url, scope: auth.scope ?? null }
}
