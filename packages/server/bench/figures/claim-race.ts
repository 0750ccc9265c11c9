import { createClaimsSite, seededAppointmentId } from '../claims/claims-site.ts';
import { type Figure, row } from '../figure.ts';
import { createInstallation } from '../installation/installation.ts';
import { startServerProcess } from '../installation/server-process.ts';

const rounds = 50;
const requests = 100;

/** A hundred requests at once for one appointment: exactly one may be taken, round after round. */
export const claimRaceFigure: Figure = {
  name: 'claim-race',
  async measure() {
    const installation = await createInstallation('postgres');
    try {
      const { headers } = await createClaimsSite(installation, rounds);
      const server = await startServerProcess({ ...installation.variables, PRECERT_SERVE_JOBS: 'false' });
      try {
        let right = 0;
        for (let round = 1; round <= rounds; round += 1) {
          const statuses = await raceFor(server.baseUrl, headers, seededAppointmentId(round));
          const taken = statuses.filter((status) => status === 202).length;
          const refused = statuses.filter((status) => status === 409).length;
          if (taken === 1 && refused === requests - 1) right += 1;
        }
        return [
          row('100 requests at once for one appointment', `${right} of ${rounds} rounds`, {
            value: right,
            aim: { atLeast: rounds },
            aimText: 'one taken, 99 refused, every time',
          }),
        ];
      } finally {
        await server.stop();
      }
    } finally {
      await installation.remove();
    }
  },
};

function raceFor(
  baseUrl: string,
  headers: Readonly<Record<string, string>>,
  appointmentId: string,
): Promise<readonly number[]> {
  return Promise.all(
    Array.from({ length: requests }, async () => {
      const response = await fetch(`${baseUrl}/v1/claims`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ appointment_id: appointmentId }),
      });
      await response.arrayBuffer();
      return response.status;
    }),
  );
}
