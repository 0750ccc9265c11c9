#!/usr/bin/env node
// Plain JavaScript that any Node can read: an older one gets a sentence instead of a syntax error.
const needed = [22, 18];
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  process.stderr.write(
    `Precert needs Node ${needed.join('.')} or newer; this is ${process.versions.node}. Node 24 is recommended.\n`,
  );
  process.exit(1);
}
const { enableCompileCache } = await import('node:module');
// Later starts skip stripping types and compiling the sources.
enableCompileCache();
const { runCli } = await import('../src/cli.ts');
await runCli(process.argv.slice(2));
