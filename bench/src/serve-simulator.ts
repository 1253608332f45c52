import { startSimulator } from '@strata/simulator'

// The simulator in a process of its own: tells its parent where the instances are.
const simulator = await startSimulator({ scale: Number(process.argv[2]) })
process.send!(
  simulator.instances.map(({ id, name }) => ({
    id,
    name,
    baseUrl: simulator.url(id),
    credentials: { api_key: simulator.apiKey(id) },
    parameters: {},
    simulated: true,
  })),
)
process.on('disconnect', () => process.exit(0))
