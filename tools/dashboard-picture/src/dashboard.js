// What is where on a dashboard, from the JSON that tools/dashboards writes. What the picture cannot draw is an error here, and no empty panel.

// Grafana's grid: 24 columns; rows of 30 pixels with gaps of 8.
const COLUMNS = 24;
const CELL = 30;
export const GAP = 8;
// A line of text of the head: the title, then one for each annotation.
export const LINE = 24;

// PANELS are the types of panels that src/panel.jsx draws.
export const PANELS = ['timeseries'];

// check refuses a panel that would be drawn otherwise than Grafana does.
function check(panel) {
  const unknown = (what) => new Error(`panel "${panel.title}": ${what}, which this picture cannot draw`);
  if (!PANELS.includes(panel.type)) throw unknown(`its type is ${panel.type}`);
  if (panel.fieldConfig.overrides.length > 0) throw unknown('it has overrides');
  if (panel.transformations?.length > 0) throw unknown('it has transformations');
  for (const { datasource, instant } of panel.targets) {
    if (datasource.type !== 'prometheus') throw unknown(`it asks ${datasource.type}`);
    if (instant) throw unknown('it asks for one moment');
  }
}

// arrange gives each row and panel its place in pixels. Of the rows in "collapsed", by title, only the title is shown.
export function arrange(dashboard, width, collapsed = []) {
  const column = (width - GAP * (COLUMNS + 1)) / COLUMNS;
  const across = (columns) => columns * (column + GAP);
  const rows = [];
  for (const panel of dashboard.panels) {
    if (panel.type === 'row') {
      rows.push({ title: panel.title, collapsed: collapsed.includes(panel.title), y: panel.gridPos.y, panels: [] });
      continue;
    }
    check(panel);
    rows.at(-1).panels.push(panel);
  }
  const unknown = collapsed.find((title) => !rows.some((row) => row.title === title));
  if (unknown) throw new Error(`there is no row "${unknown}"`);

  let top = GAP + LINE * (1 + dashboard.annotations.list.length) + GAP;
  for (const row of rows) {
    row.top = top;
    top += CELL + GAP;
    row.places = row.collapsed ? [] : row.panels.map((panel) => {
      const { x, y, w, h } = panel.gridPos;
      return {
        panel,
        left: GAP + across(x),
        top: row.top + (y - row.y) * (CELL + GAP),
        width: across(w) - GAP,
        height: h * (CELL + GAP) - GAP,
      };
    });
    top = Math.max(top, ...row.places.map((place) => place.top + place.height + GAP));
  }
  return { rows, height: top };
}
