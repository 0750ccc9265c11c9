/**
 * What each operation of the API touches: the one table. A route behind authentication that is missing here is audited
 * all the same, as a write to nothing in particular; a test over the OpenAPI document fails until it is told.
 */

export interface AuditedOperation {
  /** A write is noted before its handler begins, a read before its answer leaves. */
  readonly access: 'read' | 'write';
  /** Undefined: nothing of an organization's. */
  readonly resourceType?: string;
  /** Names of path parameters and of fields of the body that hold ids. */
  readonly requestIds?: readonly string[];
  /** Where in the answer the ids stand that only it tells; `*` for every item of a list. */
  readonly answerIds?: string;
}

/**
 * An operation on one kind of thing. Of a list the ids of all that it shows are kept: whoever asks who saw a case wants
 * to find that, too.
 */
function on(resourceType: string, ...requestIds: readonly string[]) {
  const operation = (access: 'read' | 'write') => (answerIds?: string) =>
    ({ access, resourceType, requestIds, ...(answerIds === undefined ? {} : { answerIds }) }) as const;
  return { read: operation('read'), write: operation('write') };
}

const authorization = on('prior_authorization', 'authorizationId');
const file = on('file', 'fileId');
const credential = on('credential', 'credentialId');
const endpoint = on('webhook_endpoint', 'webhookEndpointId');
const delivery = on('webhook_delivery', 'webhookEndpointId', 'deliveryId');
const account = on('linked_account', 'accountId');
const claim = on('claim', 'claim_id', 'appointment_id');
const appointment = on('appointment', 'appointment_id');
const webhook = on('webhook_endpoint', 'webhook_id');

export const auditedOperations: Readonly<Record<string, AuditedOperation>> = {
  createAuthorization: authorization.write('id'),
  getAuthorization: authorization.read(),
  listAuthorizations: authorization.read('data.*.id'),
  updateAuthorization: authorization.write(),
  listEvents: authorization.read(),
  listArtifacts: authorization.read('data.*.id'),
  listSubmissions: authorization.read('data.*.id'),
  previewAuthorization: authorization.write(),
  submitAuthorization: authorization.write(),
  cancelAuthorization: authorization.write(),
  addAttachment: on('prior_authorization', 'authorizationId', 'fileId').write('id'),
  removeAttachment: on('prior_authorization', 'authorizationId', 'attachmentId').write(),
  resolveAction: on('prior_authorization', 'authorizationId', 'actionId', 'attachmentIds').write(),
  injectPayerEvent: on('prior_authorization', 'authorizationId', 'documentFileId').write(),
  createFile: file.write('file.id'),
  uploadFileContent: file.write(),
  completeFile: file.write(),
  getFile: file.read(),
  downloadFile: file.read(),
  listPayers: { access: 'read' },
  getPayer: { access: 'read' },
  createWebhookEndpoint: endpoint.write('id'),
  listWebhookEndpoints: endpoint.read('data.*.id'),
  getWebhookEndpoint: endpoint.read(),
  updateWebhookEndpoint: endpoint.write(),
  deleteWebhookEndpoint: endpoint.write(),
  rotateWebhookSecret: endpoint.write(),
  enableWebhookEndpoint: endpoint.write(),
  listWebhookDeliveries: delivery.read('data.*.id'),
  resendWebhookDelivery: delivery.write('id'),
  replayWebhookEvents: endpoint.write(),
  linkAccount: account.write('id'),
  listLinkedAccounts: account.read('data.*.id'),
  getLinkedAccount: account.read(),
  unlinkAccount: account.write(),
  relinkAccount: account.write(),
  listCredentials: credential.read('data.*.id'),
  createCredential: credential.write('id'),
  revokeCredential: credential.write(),
  listAuditEntries: on('audit_entry').read(),
  // The claims API.
  createClaim: claim.write('claim_id'),
  listClaims: claim.read('claims.*.id'),
  getClaim: claim.read('claim.appointment_id'),
  listAppointments: appointment.read('appointments.*.id'),
  getAppointment: appointment.read(),
  getSettings: account.read(),
  changeSettings: account.write(),
  listWebhookEvents: on('webhook_event').read('webhook_events.*.id'),
  registerWebhook: webhook.write('webhook_id'),
  listWebhooks: webhook.read('webhook_urls.*.id'),
  removeWebhook: webhook.write(),
  rotateSharedWebhookSecret: webhook.write(),
  rotateSecretOfWebhook: webhook.write(),
};

export function auditedOperation(operationId: string): AuditedOperation {
  return auditedOperations[operationId] ?? { access: 'write' };
}

/** The named path parameters and fields of the body, those that are lists item by item. */
export function idsOfRequest(
  { requestIds = [] }: AuditedOperation,
  request: { readonly params: unknown; readonly body: unknown },
): readonly unknown[] {
  return requestIds.flatMap((name) => fieldOf(request.params, name) ?? fieldOf(request.body, name) ?? []);
}

export function idsOfAnswer({ answerIds }: AuditedOperation, answer: unknown): readonly unknown[] {
  if (answerIds === undefined) return [];
  let values: readonly unknown[] = [answer];
  for (const step of answerIds.split('.')) values = values.flatMap((value) => valuesAt(value, step));
  return values;
}

function valuesAt(value: unknown, step: string): readonly unknown[] {
  if (step === '*') return Array.isArray(value) ? value : [];
  return [fieldOf(value, step)];
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
