import { type Setting, settings } from '../../src/config/settings.ts';
import { code, page, table } from './markdown.ts';

/** `docs/reference/configuration.md`: every environment variable the server reads. */
export function configurationPage(): string {
  const rows = settings.map((setting: Setting) => [
    code(setting.name),
    /^[(]/.test(setting.defaultText) ? setting.defaultText : code(setting.defaultText),
    setting.secret === true ? `${setting.meaning} Also as \`${setting.name}_FILE\`.` : setting.meaning,
  ]);
  return page('Configuration', 'the settings (`src/config/settings.ts`)', [
    introduction,
    table(['Variable', 'Default', 'Meaning'], rows),
    files,
  ]);
}

const introduction = `Everything is an environment variable, and without any the server starts as a sandbox. All mistakes are reported at once at
the start; an unknown variable that begins with \`PRECERT_\` is one. \`npm run precert doctor\` checks without serving.`;

const files = `A variable marked "also as \`…_FILE\`" may instead name a file whose content is the value; white space around it is cut off.

## What stands in the data directory

| Path                       | What it is                                                                                                          |
| -------------------------- | ------------------------------------------------------------------------------------------------------------------- |
| \`database/\`                | The embedded database; absent with \`DATABASE_URL\`. One process at a time.                                           |
| \`audit/\`                   | Audit entries on their way to the database, and the heads of their chains.                                          |
| \`files/\`                   | Uploaded and generated documents. Back it up together with the database.                                            |
| \`storage-id\`               | Which database the files belong to; the server refuses to start with another.                                       |
| \`sandbox-credentials.json\` | Sandbox only: two organizations, each with a bearer token and keys of the claims API. Mode 0600; made when missing. |
| \`emr-simulator/\`           | Sandbox only: what the simulated EMR was told, and where it listens.                                                |
| \`master-key\`               | Only in a sandbox without \`PRECERT_MASTER_KEY\`. Whoever loses it loses all patient data.                            |
| \`secret\`                   | Only without \`PRECERT_SECRET\`. Whoever loses it loses every issued token.                                           |`;
