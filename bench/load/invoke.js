// Posts texts to /models/{name}/invoke, checks that every answer is a 200, and prints latency percentiles.
// usage: k6 run [--vus 8] [--duration 10s] [-e TARGET=http://127.0.0.1:8080] -e MODEL=name [-e TEXTS=1] bench/load/invoke.js
// MODEL: name of a loaded model; TEXTS: texts in one request, 1 (a plain string) by default.
// Ends with an error if a check fails, because that crosses a threshold.
import { check, fail } from 'k6';
import http from 'k6/http';

const texts = [
  'Where can I find the library?',
  'Où est la bibliothèque ?',
  'Wo ist die Bibliothek?',
  'The library opens at nine in the morning, and closes late; readers are welcome to stay until then.',
];

const target = __ENV.TARGET || 'http://127.0.0.1:8080';
const model = __ENV.MODEL;
const count = Number(__ENV.TEXTS || 1);
const url = `${target}/models/${encodeURIComponent(model)}/invoke`;
const parameters = { headers: { 'Content-Type': 'application/json' } };

// Built once, so that a request costs the generator as little as possible.
const bodies = texts.map((_, first) => {
  const inputs = Array.from({ length: count }, (_, i) => texts[(first + i) % texts.length]);
  return JSON.stringify({ inputs: count > 1 ? inputs : inputs[0] });
});

export const options = {
  vus: 8,
  duration: '10s',
  summaryTrendStats: ['min', 'med', 'p(90)', 'p(95)', 'p(99)', 'p(99.9)', 'max'],
  thresholds: { checks: ['rate==1'] },
};

// Before the first virtual user: without the model, the test would measure only errors.
export function setup() {
  if (!model) fail('Give the name of a loaded model: -e MODEL=name');
  const response = http.post(url, bodies[0], parameters);
  if (response.status !== 200) fail(`${url} answered with ${response.status}: ${response.body}`);
}

export default function () {
  const response = http.post(url, bodies[__ITER % bodies.length], parameters);
  check(response, { 'status is 200': (answer) => answer.status === 200 });
}
