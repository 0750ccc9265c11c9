import { invalidField } from '../platform/errors.ts';
import { OutboundRefusedError } from '../platform/outbound/outbound-errors.ts';
import type { WebhooksContext } from './context.ts';

/**
 * Judges a URL when it is registered; each delivery judges it anew.
 * @throws PrecertError `validation_error` with the issue `webhook_url_refused`
 */
export async function assertUrl(context: Pick<WebhooksContext, 'outbound'>, url: string): Promise<void> {
  try {
    await context.outbound.check(url);
  } catch (error) {
    if (!(error instanceof OutboundRefusedError)) throw error;
    throw invalidField('url', 'webhook_url_refused', error.message);
  }
}
