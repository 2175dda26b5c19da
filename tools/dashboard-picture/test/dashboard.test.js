// node --test tools/dashboard-picture/test/*.test.js: what needs none of Grafana's packages.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { arrange, PANELS } from '../src/dashboard.js';

const read = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');
const dashboard = () => JSON.parse(read('../../../infra/components/observability/dashboards/mote.json'));
const places = (arranged) => arranged.rows.flatMap((row) => row.places);

test('each panel of the dashboard is one that can be drawn', () => {
  const panels = dashboard().panels.filter((panel) => panel.type !== 'row');
  assert.ok(panels.length > 10);
  assert.deepEqual(places(arrange(dashboard(), 1000)).map((place) => place.panel), panels);
});

test('each type of panel has a drawing', () => {
  const drawings = read('../src/panel.jsx');
  for (const type of PANELS) assert.match(drawings, new RegExp(`^  ${type}: `, 'm'));
});

for (const [what, change] of [
  ['its type is stat', { type: 'stat' }],
  ['it has overrides', { fieldConfig: { overrides: [{}] } }],
  ['it has transformations', { transformations: [{}] }],
  ['it asks cloudwatch', { targets: [{ datasource: { type: 'cloudwatch' } }] }],
  ['it asks for one moment', { targets: [{ datasource: { type: 'prometheus' }, instant: true }] }],
]) {
  test(`a panel is refused where ${what}`, () => {
    const board = dashboard();
    Object.assign(board.panels[1], change);
    assert.throws(() => arrange(board, 1000), { message: `panel "${board.panels[1].title}": ${what}, which this picture cannot draw` });
  });
}

test('panels are within the picture and beside each other', () => {
  const arranged = arrange(dashboard(), 1000);
  const all = places(arranged);
  for (const one of all) {
    assert.ok(one.left >= 0 && one.left + one.width <= 1000 && one.top + one.height <= arranged.height, one.panel.title);
    for (const other of all) {
      const apart = one.left + one.width <= other.left || other.left + other.width <= one.left ||
        one.top + one.height <= other.top || other.top + other.height <= one.top;
      assert.ok(one === other || apart, `${one.panel.title} and ${other.panel.title}`);
    }
  }
});

test('of a collapsed row the title is left, and what follows moves up', () => {
  const title = dashboard().panels[0].title;
  const [whole, less] = [arrange(dashboard(), 1000), arrange(dashboard(), 1000, [title])];
  assert.equal(less.rows[0].places.length, 0);
  assert.equal(less.rows[0].panels.length, whole.rows[0].places.length);
  assert.equal(places(less).length, places(whole).length - whole.rows[0].places.length);
  assert.ok(less.rows[1].top < whole.rows[1].top);
  assert.throws(() => arrange(dashboard(), 1000, ['no such row']), { message: 'there is no row "no such row"' });
});
