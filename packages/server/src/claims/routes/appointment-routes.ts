import { Type } from 'typebox';
import { normalizedAppointmentId } from '../../appointments/appointment.ts';
import { findAppointment, listAppointments } from '../../appointments/appointment-list-queries.ts';
import { accountScopeOf } from '../../identity/claims-authentication.ts';
import { PrecertError } from '../../platform/errors.ts';
import type { HttpServer } from '../../platform/http/create-http-server.ts';
import { querySchema } from '../../platform/http/query-parameters.ts';
import { calendarDate, stringEnum } from '../../platform/http/schemas.ts';
import type { ClaimsContext } from '../context.ts';
import { AppointmentSchema, appointmentJson } from './appointment-json.ts';
import { accountOfCaller } from './caller-account.ts';
import { accountErrors, claimsErrorResponses } from './error-schema.ts';
import { listedAppointments, readAppointment } from './examples/appointments.ts';
import { localDateRange, Pagination, pageQuery, paginationJson, rowsOfPage } from './request-parts.ts';

const tags = ['Appointments'];

export function appointmentRoutes(app: HttpServer, context: ClaimsContext): void {
  listAppointmentsRoute(app, context);
  getAppointmentRoute(app, context);
}

const listQuery = {
  start_date: calendarDate({ description: 'The first day, by the account’s clock.' }),
  end_date: calendarDate({ description: 'The last day, by the account’s clock.' }),
  patient_mrn: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'Exact match.' })),
  patient_name: Type.Optional(
    Type.String({ minLength: 1, maxLength: 200, description: 'A part of “first last”, in any case.' }),
  ),
  patient_phone: Type.Optional(
    Type.String({ minLength: 1, maxLength: 40, description: 'Only the digits are compared.' }),
  ),
  appointment_mode: Type.Optional(stringEnum(['office', 'telemedicine'])),
  include_note: Type.Boolean({ default: false }),
  ...pageQuery({ default: 1_000, maximum: 1_000 }),
};

function listAppointmentsRoute(app: HttpServer, context: ClaimsContext): void {
  app.get(
    '/v1/appointments',
    {
      schema: {
        operationId: 'listAppointments',
        tags,
        summary: 'List appointments of a range of days',
        description: 'From the mirror of the EMR, in the order they begin. Filters narrow each other.',
        examples: { responses: { 200: { appointments: listedAppointments } } },
        querystring: querySchema(listQuery),
        response: {
          200: Type.Object({
            success: Type.Boolean(),
            appointments: Type.Array(AppointmentSchema),
            pagination: Pagination,
          }),
          ...claimsErrorResponses(...accountErrors, 'validation_error'),
        },
      },
    },
    async (request) => {
      const scope = accountScopeOf(request);
      const { query } = request;
      const { timezone } = await accountOfCaller(context, scope);
      const filter = {
        ...localDateRange(query, timezone),
        patientMrn: query.patient_mrn,
        patientName: query.patient_name,
        patientPhone: query.patient_phone,
        mode: query.appointment_mode,
      };
      const found = await listAppointments(context, scope, filter, rowsOfPage(query));
      return {
        success: true,
        appointments: found.appointments.map((item) => appointmentJson(item, timezone, query.include_note)),
        pagination: paginationJson(query, found.totalCount),
      };
    },
  );
}

function getAppointmentRoute(app: HttpServer, context: ClaimsContext): void {
  app.get(
    '/v1/appointment/:appointment_id',
    {
      schema: {
        operationId: 'getAppointment',
        tags,
        summary: 'Get an appointment',
        description: 'The path is singular and the answer’s key plural, as the vendor has them.',
        examples: { responses: { 200: { appointment: readAppointment } } },
        params: Type.Object({
          appointment_id: Type.String({ examples: ['0195a1b2c3d4e5f60718293a4b5c6d7e'] }),
        }),
        response: {
          200: Type.Object({ success: Type.Boolean(), appointments: AppointmentSchema }),
          ...claimsErrorResponses(...accountErrors, 'appointment_not_found'),
        },
      },
    },
    async (request) => {
      const scope = accountScopeOf(request);
      const { timezone } = await accountOfCaller(context, scope);
      const id = normalizedAppointmentId(request.params.appointment_id);
      const found = id === undefined ? undefined : await findAppointment(context, scope, id);
      if (found === undefined) throw new PrecertError('appointment_not_found', 'No appointment has this id.');
      return { success: true, appointments: appointmentJson(found, timezone, true) };
    },
  );
}
