import type { Reference } from './source-tree.ts';

/** One permission: which room may be imported, and how far. */
interface Allowance {
  readonly room: RoomName;
  /** Nothing of it is left at run time. */
  readonly typesOnly?: true;
  /** Only this file of the room. */
  readonly file?: string;
  /** Only from files below this folder. */
  readonly from?: string;
}

type RoomName =
  | 'questionnaire'
  | 'requirements'
  | 'config'
  | 'platform'
  | 'catalog'
  | 'identity'
  | 'audit'
  | 'files'
  | 'documents'
  | 'submission'
  | 'webhooks'
  | 'emr'
  | 'linked-accounts'
  | 'appointments'
  | 'claims'
  | 'prior-authorization'
  | 'sandbox';

/**
 * Who may import whom, beside itself: the one table (drawn in ARCHITECTURE.md). A room that needs something from a
 * room it may not import gets it handed in by `app.ts`.
 */
export const rooms: Readonly<Record<RoomName, readonly Allowance[]>> = {
  questionnaire: [],
  requirements: [{ room: 'questionnaire' }],
  config: [{ room: 'platform', typesOnly: true }],
  platform: [{ room: 'config', typesOnly: true }],
  catalog: [{ room: 'questionnaire' }, { room: 'requirements' }, { room: 'platform' }],
  identity: [{ room: 'platform' }, { room: 'config', typesOnly: true }],
  audit: [{ room: 'platform' }, { room: 'config' }, { room: 'identity', from: 'audit/routes/' }],
  files: [
    { room: 'platform' },
    { room: 'config', typesOnly: true },
    { room: 'identity', from: 'files/routes/' },
  ],
  documents: [
    { room: 'catalog' },
    { room: 'questionnaire' },
    { room: 'requirements' },
    { room: 'platform', file: 'platform/storage/read-local-file.ts' },
  ],
  submission: [{ room: 'platform' }],
  webhooks: [
    { room: 'audit' },
    { room: 'platform' },
    { room: 'config', file: 'config/limits.ts' },
    { room: 'identity', from: 'webhooks/routes/' },
  ],
  emr: [{ room: 'platform' }, { room: 'config', typesOnly: true }],
  'linked-accounts': [
    { room: 'emr', file: 'emr/connector.ts' },
    { room: 'webhooks' },
    { room: 'identity' },
    { room: 'platform' },
    { room: 'config' },
  ],
  appointments: [
    { room: 'linked-accounts' },
    { room: 'emr', file: 'emr/connector.ts' },
    { room: 'webhooks' },
    { room: 'identity' },
    { room: 'audit' },
    { room: 'platform' },
    { room: 'config' },
  ],
  claims: [
    { room: 'appointments' },
    { room: 'linked-accounts' },
    { room: 'emr', file: 'emr/connector.ts' },
    { room: 'webhooks' },
    { room: 'identity' },
    { room: 'audit' },
    { room: 'platform' },
    { room: 'config' },
  ],
  'prior-authorization': [
    { room: 'catalog' },
    { room: 'questionnaire' },
    { room: 'requirements' },
    { room: 'documents', typesOnly: true, file: 'documents/types.ts' },
    { room: 'files' },
    { room: 'submission', typesOnly: true, file: 'submission/channel.ts' },
    { room: 'webhooks' },
    { room: 'identity' },
    { room: 'audit' },
    { room: 'platform' },
    { room: 'config' },
  ],
  sandbox: [
    { room: 'prior-authorization' },
    { room: 'claims' },
    { room: 'appointments' },
    { room: 'linked-accounts' },
    { room: 'emr' },
    { room: 'files' },
    { room: 'identity' },
    { room: 'platform' },
  ],
};

/** Rooms that compute and nothing else: no package, not even one of Node's. */
const pureRooms: readonly string[] = ['questionnaire', 'requirements'];

/** Files that put everything together. They may import every room and each other; no room imports them. */
export const compositionFiles: readonly string[] = [
  'api-description.ts',
  'app-overrides.ts',
  'app.ts',
  'assemble-audit.ts',
  'assemble-claims.ts',
  'assemble-prior-authorization.ts',
  'assemble-webhooks.ts',
  'audit-command.ts',
  'claims-commands.ts',
  'cli.ts',
  'command-words.ts',
  'health-route.ts',
  'encryption-report.ts',
  'http-api.ts',
  'open-storage.ts',
  'secret-command.ts',
  'serve-processes.ts',
  'serve.ts',
  'shred-organization.ts',
  'stop-on-signal.ts',
  'upgrade.ts',
  'work.ts',
];

/** Code below `src` that only tests may import. */
export function isTestSupport(path: string): boolean {
  return /-for-tests\.ts$|\/testing\/|\/test-support\/|\/example-case-data\.ts$/.test(path);
}

/** Undefined when a file may have this import, else why it may not. */
export function mayImport(path: string, reference: Reference): string | undefined {
  const { target, isRelative } = reference;
  const room = path.split('/')[0] ?? path;
  if (!isRelative) return pureRooms.includes(room) ? `${room} imports no package` : undefined;
  if (target.startsWith('../')) return 'it stands outside src';
  if (isTestSupport(target) && !isTestSupport(path)) return 'it is test support';
  if (compositionFiles.includes(path)) return undefined;
  if (compositionFiles.includes(target)) return `only composition files import ${target}`;
  if (!(room in rooms)) return `${room} is no room of the table`;
  if (target.startsWith(`${room}/`)) return betweenSiblings(room, path, target);
  // Just found to be a key of the table.
  return betweenRooms(path, room as RoomName, reference);
}

function betweenRooms(path: string, room: RoomName, { target, isTypeOnly }: Reference): string | undefined {
  const allowance = rooms[room].find((candidate) => target.startsWith(`${candidate.room}/`));
  if (allowance === undefined) return `${room} may not import ${target.split('/')[0]}`;
  const { from, file, typesOnly } = allowance;
  if (from !== undefined && !path.startsWith(from)) return `only ${from} may import ${allowance.room}`;
  if (file !== undefined && target !== file) return `only ${file} of ${allowance.room} may be imported`;
  if (typesOnly === true && !isTypeOnly) return `only types of ${allowance.room} may be imported`;
  return undefined;
}

/** Rooms with one folder per way out, and the folders in them that all of these may use. */
const roomsOfSiblings: Readonly<Record<string, readonly string[]>> = { submission: [], emr: ['fhir-rest'] };

/** A channel's or connector's folder knows itself, the contract beside it, and what is shared on purpose. */
function betweenSiblings(room: string, path: string, target: string): string | undefined {
  const shared = roomsOfSiblings[room];
  const [, folder, file] = path.split('/');
  const [, targetFolder = '', targetFile] = target.split('/');
  if (shared === undefined || file === undefined || targetFile === undefined) return undefined;
  if (targetFolder === folder || shared.includes(targetFolder)) return undefined;
  return `${folder} does not know its sibling ${targetFolder}`;
}
