import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ChangePage, EmrAppointment } from '../../../src/emr/connector.ts';
import { seededAppointments } from '../../../src/emr/simulator/seed/visits.ts';
import type { StartPractice } from '../../support/emr/simulated-practice.ts';
import { never, readAll } from './asking.ts';

export function describeChanges(start: StartPractice): void {
  test('tells every appointment of the EMR from the beginning, page by page', async () => {
    const { connector } = await start({ simulator: { pageSize: 7 } });
    const { items, pages } = await readAll(connector.listChangedAppointments);
    expect(pages).toBeGreaterThan(4);
    const told = new Map(items.map((item) => [item.emrAppointmentId, item.emrPatientId]));
    expect(told).toEqual(
      new Map(
        seededAppointments.map(({ emrAppointmentId, emrPatientId }) => [emrAppointmentId, emrPatientId]),
      ),
    );
    expect(items.find(({ emrAppointmentId }) => emrAppointmentId === '500100')).toEqual({
      emrAppointmentId: '500100',
      emrPatientId: '40210',
      status: 'fulfilled',
      startsAt: new Date('2026-03-03T13:00:00Z'),
      durationMinutes: 30,
      appointmentType: 'Office visit',
      mode: 'office',
      location: 'Main Street Office',
      reason: 'Annual wellness visit',
      provider: { emrProviderId: '7001', name: 'Dr. Helena Brandt', npi: '1666666668' },
    });
  });

  test('tells every patient with the number the practice knows them by', async () => {
    const { connector } = await start({ simulator: { pageSize: 3 } });
    const { items } = await readAll(connector.listChangedPatients);
    expect(new Set(items.map(({ emrPatientId }) => emrPatientId)).size).toBe(16);
    expect(items.find(({ emrPatientId }) => emrPatientId === '40213')).toEqual({
      emrPatientId: '40213',
      mrn: 'MRN-12348',
      firstName: 'Emilio',
      lastName: 'Mejía',
      dateOfBirth: '1977-11-05',
      gender: 'male',
      phone: '+1-202-555-0113',
    });
  });

  test('tells after a cursor what changed since, and leaves the long unchanged alone', async () => {
    const { connector, simulator, clock } = await start();
    const { cursor } = await readAll(connector.listChangedAppointments);
    clock.advance(3_600_000);
    simulator.putResource(appointment('500150', 'arrived'));
    const { items, cursor: next } = await readAll(connector.listChangedAppointments, cursor);
    expect(items.map(({ emrAppointmentId, status }) => [emrAppointmentId, status])).toContainEqual([
      '500150',
      'arrived',
    ]);
    clock.advance(3_600_000);
    simulator.putResource(appointment('500151', 'booked'));
    const later = await readAll(connector.listChangedAppointments, next);
    // What was new an hour before the last change is told no more.
    expect(later.items.map(({ emrAppointmentId }) => emrAppointmentId)).toEqual(['500151', '500150']);
    clock.advance(3_600_000);
    const quiet = await readAll(connector.listChangedAppointments, later.cursor);
    expect(quiet.items.map(({ emrAppointmentId }) => emrAppointmentId)).toEqual(['500151']);
  });

  test('loses no change that is made while it reads, at whatever page size and pace', async () => {
    const { connector, simulator, clock } = await start({ simulator: { pageSize: 4 } });
    const told = new Map<string, string>();
    const truth = new Map<string, string>();
    let cursor: string | undefined;
    const readPage = async () => {
      const page: ChangePage<EmrAppointment> = await connector.listChangedAppointments(cursor, never());
      for (const { emrAppointmentId, status } of page.items) told.set(emrAppointmentId, status);
      cursor = page.cursor;
      return page.hasMore;
    };
    const step = fc.oneof(
      { weight: 2, arbitrary: fc.constant('read' as const) },
      {
        weight: 3,
        arbitrary: fc.record({
          id: fc.nat(20).map((number) => String(600_000 + number)),
          status: fc.constantFrom('booked', 'arrived', 'fulfilled', 'noshow'),
          laterMs: fc.constantFrom(0, 1, 1_000, 600_000),
        }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        for (const one of steps) {
          if (one === 'read') await readPage();
          else {
            clock.advance(one.laterMs);
            simulator.putResource(appointment(one.id, one.status));
            truth.set(one.id, one.status);
          }
        }
        while (await readPage());
        while (await readPage());
        for (const [id, status] of truth) expect([id, told.get(id)]).toEqual([id, status]);
      }),
      { numRuns: 40 },
    );
  });

  test('begins anew with a cursor that nobody can read', async () => {
    const { connector } = await start();
    const { items } = await readAll(connector.listChangedAppointments, 'not a cursor');
    expect(items).toHaveLength(seededAppointments.length);
  });
}

function appointment(id: string, status: string) {
  return {
    resourceType: 'Appointment',
    id,
    status,
    start: '2026-03-20T09:00:00-04:00',
    end: '2026-03-20T09:30:00-04:00',
    participant: [{ actor: { reference: 'Patient/40213' }, status: 'accepted' }],
  };
}
