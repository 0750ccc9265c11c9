/** Figures that are decisions of ours, not settings of the operator's. */

/** A worker's hold on a submission attempt without a sign of life (reliability: orphaned jobs resume within 20 s). */
export const submissionLeaseSeconds = 15;

/** How often rows without a job are looked for. */
export const submissionSweepMs = 5_000;

/** A worker's hold on a webhook delivery without a sign of life. */
export const webhookLeaseSeconds = 15;

/** How often due deliveries that nobody holds are looked for. */
export const webhookSweepMs = 5_000;

/** A client waits this long for documents at most; below the time after which a silent connection is cut (30 s). */
export const clientRenderMs = 20_000;

/** The virus scanner has this long for one file; a client waits for it as long as for documents. */
export const scanMs = 20_000;

/** Expired keys and files nobody needs are removed this often. */
export const housekeepingMs = 10 * 60 * 1000;

/** Preview documents are rendered again after this long. */
export const previewLifetimeMs = 24 * 60 * 60 * 1000;

/** An identity provider is waited for this long; a caller waits for it with us. */
export const identityProviderMs = 3_000;

/** How often accounts whose sync is due are looked for. */
export const syncSweepMs = 5_000;

/** A worker's hold on a claim, or on an account's sync, without a sign of life (reliability: orphaned jobs resume within 20 s). */
export const claimLeaseSeconds = 15;

/** How often claims that nobody holds are looked for. */
export const claimSweepMs = 5_000;

/** Lines of the audit journal are flushed to the disk together, this long after the first of them. */
export const auditFlushMs = 500;

/** A file of the audit journal is followed by a new one at this size, and removed once it is in the table. */
export const auditSegmentBytes = 4 * 1024 * 1024;

/** As much audit journal may wait for the database, some 700,000 entries; then requests are refused. */
export const auditBacklogBytes = 256 * 1024 * 1024;

/** How often the audit journal is moved into its table. */
export const auditMoveMs = 500;

/** How often journals are looked for whose process is gone. */
export const abandonedAuditMs = 5_000;

/** How often the heads of the audit chains are written outside the database. */
export const auditHeadsMs = 60_000;
