import { startFhirPractice } from '../support/emr/simulated-practice.ts';
import { connectorConformance } from './connector-conformance.ts';

connectorConformance('fhir', startFhirPractice);
