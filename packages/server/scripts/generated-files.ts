import { join } from 'node:path';
import { sandboxOpenApi } from './openapi-document.ts';
import { configurationPage } from './reference/configuration-page.ts';
import { errorsPage } from './reference/errors-page.ts';
import { eventsPage } from './reference/events-page.ts';
import { statesPage } from './reference/states-page.ts';

/** A committed file that is made from the code. */
export interface GeneratedFile {
  /** Relative to the repository. */
  readonly path: string;
  /** The content the file should have. */
  make(): string | Promise<string>;
}

export const repository = join(import.meta.dirname, '..', '..', '..');

/** What `npm run openapi` and `npm run docs` write, by that name. */
export const generatedFiles: Readonly<Record<'openapi' | 'docs', readonly GeneratedFile[]>> = {
  openapi: [{ path: 'packages/server/openapi.json', make: sandboxOpenApi }],
  docs: [
    { path: 'docs/reference/configuration.md', make: configurationPage },
    { path: 'docs/reference/errors.md', make: errorsPage },
    { path: 'docs/reference/events.md', make: eventsPage },
    { path: 'docs/reference/states.md', make: statesPage },
  ],
};
