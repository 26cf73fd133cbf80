// Starts a published thaw, loads the sample model, asks it one question, and stays up until it is stopped.
// Usage: node samples/run.mjs BINARY [PORT]
// Node, because npm brings it: curl need not be installed.
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const [binary, port = '8080'] = process.argv.slice(2);
const model = fileURLToPath(new URL('langid', import.meta.url));
const server = spawn(binary, ['serve', '--port', port], { stdio: 'inherit' });
let stopped = false;
let failed = false;
server.on('error', (error) => { console.error(`${binary}: ${error.message}`); process.exit(1); });
server.on('exit', (code) => { stopped = true; process.exit(failed ? 1 : code ?? 1); });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill('SIGTERM'));

const at = `http://127.0.0.1:${port}`;
const json = 'Content-Type: application/json';

async function post(path, body) {
  const response = await fetch(at + path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}

// Our own server ends when its port is taken; what answers a ping while it runs is it.
while (!stopped && !(await fetch(`${at}/ping`).then((response) => response.ok, () => false))) await sleep(10);
await sleep(50);

try {
  await post('/models', { model_name: 'langid', url: model });
  const question = { inputs: 'Où est la bibliothèque ?' };
  const answer = await post('/models/langid/invoke', question);
  console.log(`\n$ curl localhost:${port}/models/langid/invoke -H '${json}' -d '${JSON.stringify(question)}'\n${answer}\n`);
  console.log(`Serving on port ${port}; Ctrl+C stops it.`);
} catch (error) {
  console.error(error.message);
  failed = true;
  server.kill('SIGTERM');
}
