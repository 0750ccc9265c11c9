/** The simulator in a process of its own that can be killed. Run by Node: arguments are the command's options as JSON. */

import { runEmrSimulator } from '../../../src/emr/simulator/simulator-command.ts';

const [options = '{}', dataDirectory = ''] = process.argv.slice(2);
const simulator = await runEmrSimulator(JSON.parse(options), { dataDirectory });
process.stdout.write(`${simulator.baseUrl}\n`);
