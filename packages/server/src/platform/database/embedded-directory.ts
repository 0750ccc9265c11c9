/** The layout of the embedded database's directory, and a first start that may be cut short at any point. */

import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface EmbeddedDirectory {
  /** What the engine opens. */
  readonly clusterPath: string;
  readonly isFirstStart: boolean;
  /** From here on the cluster is never thrown away. Call once the engine has opened it. */
  markComplete(): void;
}

/**
 * Prepares `directory` for the engine. A cluster whose creation was cut short is removed first: nothing was ever
 * acknowledged from it. The marker stands only while creation runs, so a directory restored without it is safe.
 * @throws Error when the cluster folder holds files that are no cluster.
 */
export function prepareEmbeddedDirectory(directory: string): EmbeddedDirectory {
  const clusterPath = join(directory, 'cluster');
  const marker = markerIn(directory);
  if (existsSync(marker)) rmSync(clusterPath, { recursive: true, force: true });
  const isFirstStart = !existsSync(join(clusterPath, 'PG_VERSION'));
  if (isFirstStart) {
    refuseForeignFiles(clusterPath);
    writeFileSync(marker, '');
    mkdirSync(clusterPath, { recursive: true, mode: 0o700 });
  }
  return { clusterPath, isFirstStart, markComplete: () => rmSync(marker, { force: true }) };
}

/** Whether an embedded database was ever created in `directory`, to the end. */
export function embeddedDatabaseExists(directory: string): boolean {
  return existsSync(join(directory, 'cluster', 'PG_VERSION')) && !existsSync(markerIn(directory));
}

function markerIn(directory: string): string {
  return join(directory, 'cluster-being-created');
}

function refuseForeignFiles(clusterPath: string): void {
  if (existsSync(clusterPath) && readdirSync(clusterPath).length > 0) {
    throw new Error(
      `${clusterPath} holds files but no PG_VERSION: it is not a database cluster. Restore or move it.`,
    );
  }
}
