/**
 * An EMR that exists only here: an HTTP server of its own that speaks a part of FHIR R4, holds a made-up practice and
 * misbehaves on demand. What was written to it outlives its process.
 */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../platform/clock.ts';
import {
  DirectoryInUseError,
  type DirectoryLock,
  lockDirectory,
} from '../../platform/database/directory-lock.ts';
import type { CallLimitOptions } from './call-limit.ts';
import type { SimulatorControl } from './control-routes.ts';
import type { FaultRule } from './fault-rules.ts';
import { fhirPath, handleRequest, tokenPath } from './handle-request.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { assembleSimulator } from './simulator-parts.ts';
import type { SmartOptions } from './token-desk.ts';
import { realWait, type Wait } from './wait.ts';

export interface EmrSimulatorOptions {
  /** Of its own; holds the ledger. One simulator at a time works in it. */
  readonly directory: string;
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default 0: a free one. */
  readonly port?: number | undefined;
  readonly faults?: readonly FaultRule[] | undefined;
  /** Of the draws that `probability` needs. */
  readonly faultSeed?: number | undefined;
  /** Default true: claims can be searched by identifier. */
  readonly claimSearch?: boolean | undefined;
  /** Default true: `If-None-Exist` is honoured. */
  readonly conditionalCreate?: boolean | undefined;
  /** Default true: a second claim for a visit is refused. */
  readonly oneClaimPerVisit?: boolean | undefined;
  /** Visits ready to bill on top of the seeded ones, from appointment 700000 on. Default 0. */
  readonly extraVisits?: number | undefined;
  /** At most so many matches a page, whatever is asked for. Default 200. */
  readonly pageSize?: number | undefined;
  /** Default: none. */
  readonly callLimit?: CallLimitOptions | undefined;
  /** Default: calls need no token. */
  readonly smart?: SmartOptions | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: ((size: number) => Uint8Array) | undefined;
  readonly wait?: Wait | undefined;
}

export interface EmrSimulator extends SimulatorControl {
  readonly url: string;
  /** FHIR base, for a connector's settings. */
  readonly baseUrl: string;
  readonly tokenUrl: string;
  /** The practice takes an app's access away. */
  removeClient(clientId: string): void;
  /** Cuts all connections; claims that were still to be written late are not. */
  stop(): Promise<void>;
}

/** @throws DirectoryInUseError, and Node's error when the port cannot be had */
export async function startEmrSimulator(options: EmrSimulatorOptions): Promise<EmrSimulator> {
  const lock = takeDirectory(options.directory);
  let ledger: Ledger | undefined;
  try {
    ledger = openLedger(join(options.directory, 'ledger.jsonl'));
    const server = createServer();
    // Of several processes on one port this one alone is called here.
    server.listen({ host: options.host ?? '127.0.0.1', port: options.port ?? 0, exclusive: true });
    await once(server, 'listening');
    return serve(options, { lock, ledger, server });
  } catch (error) {
    ledger?.close();
    lock.release();
    throw error;
  }
}

interface Holdings {
  readonly lock: DirectoryLock;
  readonly ledger: Ledger;
  readonly server: Server;
}

function serve(options: EmrSimulatorOptions, { lock, ledger, server }: Holdings): EmrSimulator {
  const url = urlOf(server);
  const stopping = new AbortController();
  const parts = assembleSimulator(options, {
    ledger,
    clock: options.clock ?? systemClock,
    random: options.random ?? randomBytes,
    stage: { wait: options.wait ?? realWait, stopping: stopping.signal },
    baseUrl: `${url}${fhirPath}`,
    tokenUrl: `${url}${tokenPath}`,
  });
  server.on('request', (request, response) => {
    handleRequest(parts, request, response).catch(() => response.destroy());
  });
  return {
    ...parts.control,
    url,
    baseUrl: parts.routes.baseUrl,
    tokenUrl: parts.routes.tokenUrl,
    removeClient: (clientId) => parts.tokens?.removeClient(clientId),
    async stop() {
      if (!server.listening) return;
      stopping.abort();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      ledger.close();
      lock.release();
    },
  };
}

function takeDirectory(directory: string): DirectoryLock {
  try {
    return lockDirectory(directory);
  } catch (error) {
    if (!(error instanceof DirectoryInUseError)) throw error;
    const message = `An EMR simulator works in ${directory} already. Stop it, or choose another directory.`;
    throw new DirectoryInUseError(message, { cause: error });
  }
}

function urlOf(server: Server): string {
  // A listening TCP server always has an AddressInfo.
  const { address, port } = server.address() as AddressInfo;
  const reachable = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
