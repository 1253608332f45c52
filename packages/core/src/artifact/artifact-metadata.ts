export interface ArtifactMetadata {
  readonly generatedAt: string
  readonly invocationId: string
  readonly strataVersion: string
  /** Name of the database that relations stand in; empty where it is not known. */
  readonly database?: string
}

export type ArtifactObject = { readonly [key: string]: unknown }
