import type { createColors } from 'picocolors'

/** Functions that paint a text, or leave it as it is where there are no colours. */
export type Colors = ReturnType<typeof createColors>
