import type { ApiConnector, Instance } from '@strata/core'
import { createInstanceClient, type InstanceClient, type Page } from '../http/instance-client.ts'
import { connector, impatient, instance } from './landing-fixture.ts'
import {
  type RecordReply,
  type RecordRequest,
  type RecordServer,
  startRecordServer,
} from './record-server.ts'

export interface ServedInstance extends RecordServer {
  readonly client: InstanceClient
  /** Gets a path below the base URL. */
  get(path?: string, from?: InstanceClient): Promise<Page>
}

export interface ServedOptions {
  readonly connector?: Partial<ApiConnector>
  readonly instance?: Partial<Instance>
  readonly retries?: number
}

/** A client of an instance whose API answers as a test wants it to. */
export async function serveInstance(
  answer: (request: RecordRequest) => RecordReply | Promise<RecordReply>,
  { connector: declared, instance: resolved, retries = impatient.retries }: ServedOptions = {},
): Promise<ServedInstance> {
  const server = await startRecordServer(answer)
  const client = createInstanceClient(
    {
      connector: connector(declared),
      instance: instance({ simulated: false, ...resolved, address: server.url }),
    },
    () => new Date(),
    { ...impatient, retries },
  )
  return {
    ...server,
    client,
    get: (path = '/things', from = client) =>
      from.get(new URL(server.url + path), new AbortController().signal),
  }
}
