import type { Auth, Connector, Diagnostic, Setting } from '@strata/core'
import type { Declared } from '../project/parse-properties.ts'
import type { ConnectorProperties, SourceProperties } from '../project/properties-schema.ts'

const credentialsOf: { readonly [kind in Auth['kind']]: readonly string[] } = {
  api_key: ['api_key'],
  bearer: ['token'],
  http_basic: ['username', 'password'],
  oauth2_client_credentials: ['client_id', 'client_secret'],
  none: [],
}

export function toConnector(source: string, connector: ConnectorProperties): Connector {
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
      baseUrl: toSetting(instance.base_url),
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
  { source, auth, instances }: Connector,
): readonly Diagnostic[] {
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

function toAuth(auth: ConnectorProperties['auth']): Auth {
  if (auth.kind !== 'oauth2_client_credentials') return auth
  return { kind: auth.kind, tokenUrl: auth.access_token_url, scope: auth.scope ?? null }
}
