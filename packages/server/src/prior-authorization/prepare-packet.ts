import type { PinnedTemplate } from '../catalog/template-store.ts';
import type { RenderedDocument } from '../documents/types.ts';
import type { FileProblem } from '../files/file.ts';
import { getReadyFile } from '../files/get-file.ts';
import { storeGeneratedFile } from '../files/store-generated-file.ts';
import type { Payload } from '../submission/channel.ts';
import { findArtifact } from './artifact-queries.ts';
import { assertLease } from './attempt-lease.ts';
import { changeCase } from './change-case.ts';
import type { PriorAuthorizationContext } from './context.ts';
import { newEvent } from './events.ts';
import { renderCase } from './packet-request.ts';
import type { Artifact, ArtifactKind, PriorAuthorization } from './prior-authorization.ts';
import type { SubmissionAttempt } from './submission-attempt.ts';
import { recordUnreadable, type UnreadableFile } from './unreadable-files.ts';

/**
 * A file of the packet turned out unreadable although it was judged readable when it was uploaded. The file is marked
 * when this is thrown: settling the case now opens an action for it.
 */
export class UnreadableAttachmentError extends Error {
  override readonly name = 'UnreadableAttachmentError';
  /** The attachment's id; of a file given as an answer, the file's. */
  readonly attachmentId: string;
  readonly fileId: string;
  readonly problem: FileProblem;

  constructor({ id, fileId, problem, message }: UnreadableFile) {
    super(message);
    this.attachmentId = id;
    this.fileId = fileId;
    this.problem = problem;
  }
}

/**
 * Renders the packet and keeps it as artifacts before anything is sent. An attempt that has its packet keeps it:
 * what is sent is always what was kept.
 * @returns the attempt with `packetArtifactId`
 * @throws UnreadableAttachmentError, LeaseLostError
 */
export async function preparePacket(
  context: PriorAuthorizationContext,
  attempt: SubmissionAttempt,
  current: PriorAuthorization,
  template: PinnedTemplate,
): Promise<SubmissionAttempt> {
  if (attempt.packetArtifactId !== undefined) return attempt;
  const options = { draft: false, generatedAt: attempt.createdAt, submissionNumber: attempt.attemptNumber };
  const { form, packet, unreadable } = await renderCase(context, current, template, options);
  const [first] = unreadable;
  if (first !== undefined) {
    await recordUnreadable(context.database, attempt.organizationId, unreadable);
    throw new UnreadableAttachmentError(first);
  }
  const stored = await Promise.all([
    storeArtifact(
      context,
      attempt,
      'submission_packet',
      'Submission packet',
      'submission-packet.pdf',
      packet,
    ),
    storeArtifact(context, attempt, 'filled_form', 'Filled form', 'filled-form.pdf', form),
  ]);
  const prepared: SubmissionAttempt = { ...attempt, packetArtifactId: stored[0].id };
  await changeCase(context, attempt.organizationId, attempt.authorizationId, async (latest) => {
    await assertLease(context, attempt);
    const events = stored.map(({ id, kind }) =>
      newEvent(context, 'prior_auth.artifact.created', {
        workflowState: latest.workflowState,
        artifactId: id,
        kind,
      }),
    );
    const write = {
      next: latest,
      events,
      artifacts: stored,
      attempt: { attempt: prepared, expectedLeaseNumber: attempt.leaseNumber },
    };
    return { write, result: undefined };
  });
  return prepared;
}

async function storeArtifact(
  context: PriorAuthorizationContext,
  attempt: SubmissionAttempt,
  kind: ArtifactKind,
  label: string,
  fileName: string,
  document: RenderedDocument,
): Promise<Artifact> {
  const file = await storeGeneratedFile(context.files, attempt.organizationId, {
    fileName,
    contentType: 'application/pdf',
    purpose: 'generated_artifact',
    bytes: document.bytes,
    pageCount: document.pageCount,
  });
  return {
    id: context.ids.next('art'),
    fileId: file.id,
    kind,
    label,
    metadata: { pages: document.pageCount, attemptNumber: attempt.attemptNumber, sha256: document.sha256 },
    createdAt: context.clock.now(),
  };
}

/** The kept packet as the channel takes it. */
export async function readPayload(
  context: PriorAuthorizationContext,
  attempt: SubmissionAttempt,
): Promise<Payload> {
  const artifact = await findArtifact(
    context.database,
    attempt.organizationId,
    attempt.packetArtifactId ?? '',
  );
  if (artifact === undefined) throw new Error('The packet of an attempt is missing.');
  const file = await getReadyFile(context, attempt.organizationId, artifact.fileId);
  return {
    mimeType: file.contentType,
    sizeBytes: file.sizeBytes,
    pageCount: file.pageCount ?? 0,
    sha256: file.sha256,
    open: () => context.files.blobs.read(file.storageKey, file.contentKey),
  };
}
