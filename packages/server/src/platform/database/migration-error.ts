/** Files and database do not fit together, or a migration failed. The server must not start. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}
