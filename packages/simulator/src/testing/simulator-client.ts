import { type Simulator, type SimulatorOptions, startSimulator } from '../start-simulator.ts'

export interface TestPage {
  readonly value: readonly { readonly [field: string]: unknown }[]
  readonly '@odata.count'?: number
  readonly '@odata.nextLink'?: string
}

export interface SimulatorClient {
  readonly simulator: Simulator
  /** A GET below the instance, or of a whole address. */
  get(path: string, instanceId?: number): Promise<Response>
  page(path: string): Promise<TestPage>
  /** The ids of the page. */
  ids(path: string): Promise<readonly unknown[]>
}

/** A simulator that ends with its scope: `await using`. */
export async function openSimulator(
  options: SimulatorOptions = {},
): Promise<SimulatorClient & AsyncDisposable> {
  const simulator = await startSimulator({ scale: 0.05, ...options })
  const get = (path: string, instanceId = simulator.instances[0]!.id): Promise<Response> =>
    fetch(/^https?:/.test(path) ? path : simulator.url(instanceId) + path, {
      headers: { 'X-ApiKey': simulator.apiKey(instanceId) },
      redirect: 'manual',
    })
  const page = async (path: string): Promise<TestPage> => {
    const response = await get(path)
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`)
    return (await response.json()) as TestPage
  }
  return {
    simulator,
    get,
    page,
    ids: async (path) => (await page(path)).value.map(({ id }) => id),
    [Symbol.asyncDispose]: () => simulator.close(),
  }
}
