import { claimCreatedEvent } from './events.ts';

const data = {
  access_token_reference_id: claimCreatedEvent.access_token_reference_id,
  visit_types: [{ code: 'Office visit', description: 'Office visit' }],
  visit_statuses: [{ code: 'fulfilled', description: 'fulfilled' }],
  required_patient_fields: [],
  timezone: 'America/New_York',
};

export const settings = { success: true, data };

export const settingsChange = { access_token_reference_id: data.access_token_reference_id };

export const settingsChanged = { success: true, message: 'Settings updated successfully', data };
