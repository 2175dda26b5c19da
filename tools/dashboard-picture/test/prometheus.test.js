import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ask, eventsOf, intervalOf, legendOf, rangeOf } from '../src/prometheus.js';

// answering has "fetch" give a body, and gives the addresses that were asked.
function answering(t, body) {
  const asked = [];
  t.mock.method(globalThis, 'fetch', async (address) => {
    asked.push(address);
    return { json: async () => body };
  });
  return asked;
}

test('a range has a value for each pixel at most, and none between two collections', () => {
  assert.deepEqual(rangeOf(1003, 1607, 300, 10), { start: 1000, end: 1600, step: 10 });
  assert.deepEqual(rangeOf(0, 86_400, 300, 10), { start: 0, end: 86_400, step: 288 });
});

test('an expression is asked over the range', async (t) => {
  const asked = answering(t, { status: 'success', data: { result: ['series'] } });
  assert.deepEqual(await ask('http://p', 'up{a="b"}', { start: 1, end: 2, step: 3 }), ['series']);
  assert.deepEqual(asked, ['http://p/api/v1/query_range?query=up%7Ba%3D%22b%22%7D&start=1&end=2&step=3']);
});

test('what Prometheus does not understand is an error that names it', async (t) => {
  answering(t, { status: 'error', error: 'parse error' });
  await assert.rejects(ask('http://p', 'up{', {}), { message: 'up{: parse error' });
});

test('the interval is that of the configuration', async (t) => {
  answering(t, { status: 'success', data: { yaml: 'global:\n  scrape_interval: 10s\n  scrape_timeout: 5s\n' } });
  assert.equal(await intervalOf('http://p'), 10);
});

test('a legend has the values of labels, and nothing for one that is missing', () => {
  assert.equal(legendOf('{{revision}}/{{ task }}{{none}}', { revision: '1', task: 'ab' }), '1/ab');
});

test('values above 0 that follow each other are one event', () => {
  const annotation = { name: 'Deployments', iconColor: 'blue', titleFormat: 'Revision {{revision}}' };
  const series = [
    { metric: { revision: '2' }, values: [[100, '0'], [110, '2'], [120, '1'], [130, 'NaN'], [200, '1']] },
    { metric: { revision: '1' }, values: [[50, '1']] },
  ];
  assert.deepEqual(eventsOf(annotation, series, 10).map(({ title, start, end }) => [title, start, end]), [
    ['Revision 1', 50, 50],
    ['Revision 2', 110, 120],
    ['Revision 2', 200, 200],
  ]);
});
