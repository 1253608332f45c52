import type { Effects } from './effect.ts'

/** Faults in how an answer goes over the wire. */
export const connections: Effects<'slow_drip' | 'timeout' | 'reset'> = {
  slow_drip: ({ bytes = 1024, pauseMs = 20 }) => ({
    reply: (reply) => ({ ...reply, delivery: { kind: 'drip', bytes, pauseMs } }),
  }),
  timeout: ({ ms }) => ({
    reply: (reply) => ({ ...reply, delivery: { kind: 'late', ms: ms ?? null } }),
  }),
  reset: ({ at = 'start' }) => ({
    reply: (reply) => ({
      ...reply,
      delivery: { kind: 'cut', after: at === 'start' ? null : Math.floor(reply.body.length / 2) },
    }),
  }),
}
