import { totalmem } from 'node:os'

/** For a developer's machine: durable, quick, silent on the network, and without row values in its log. */
export function serverSettings(): { readonly [name: string]: string } {
  const sharedBuffers = Math.min(512, Math.max(64, Math.floor(totalmem() / 16 / 1024 / 1024)))
  return {
    listen_addresses: '',
    unix_socket_permissions: '0700',
    max_connections: '200',
    shared_buffers: `${sharedBuffers}MB`,
    work_mem: '32MB',
    maintenance_work_mem: '256MB',
    max_wal_size: '2GB',
    checkpoint_timeout: '15min',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] ',
    // Above ERROR: whoever sent a statement gets its error, and a log of them would hold values and grow without end.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_checkpoints: 'off',
    log_autovacuum_min_duration: '-1',
  }
}
