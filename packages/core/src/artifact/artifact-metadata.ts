export interface ArtifactMetadata {
  readonly generatedAt: string
  readonly invocationId: string
  readonly strataVersion: string
  /** Name of the database that relations stand in; empty where it is not known. */
  readonly database?: string
  /** What the user wants written into artifacts: the variables `DBT_ENV_CUSTOM_ENV_…`, without this beginning. */
  readonly environment?: { readonly [name: string]: string }
}

export type ArtifactObject = { readonly [key: string]: unknown }

const latest = { manifest: 12, catalog: 1, 'run-results': 6, sources: 3 } as const

/**
 * The head of an artifact. Readers of dbt's artifacts refuse keys that they do not know: what is ours stands in `env`, which may
 * hold any text.
 */
export function artifactHead(
  artifact: keyof typeof latest,
  metadata: ArtifactMetadata,
  ours: { readonly [name: string]: string } = {},
): ArtifactObject {
  return {
    dbt_schema_version: `https://schemas.getdbt.com/dbt/${artifact}/v${latest[artifact]}.json`,
    dbt_version: '1.12.3',
    generated_at: metadata.generatedAt,
    invocation_id: metadata.invocationId,
    env: { ...metadata.environment, strata_version: metadata.strataVersion, ...ours },
  }
}
