/**
 * An SQL expression: the commit of the transaction it is in does not wait for the disk. A later commit of the run does, its record's at the
 * end, and what was committed before it lies before it in the log. A server that loses its power in between has lost the newest of these
 * transactions whole, each with its state.
 */
export const leavingTheDisk = `set_config('synchronous_commit', 'off', true)`
