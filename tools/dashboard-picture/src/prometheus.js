// Asks a Prometheus as Grafana's data source does, and names what it answers.

// api asks a path of Prometheus's API.
async function api(prometheus, path, parameters = {}) {
  const response = await fetch(`${prometheus}/api/v1/${path}?${new URLSearchParams(parameters)}`);
  const answer = await response.json();
  if (answer.status !== 'success') throw new Error(`${parameters.query ?? path}: ${answer.error}`);
  return answer.data;
}

// ask answers the series of an expression.
export async function ask(prometheus, query, range) {
  return (await api(prometheus, 'query_range', { query, ...range })).result;
}

// intervalOf is the number of seconds from one collection to the next.
export async function intervalOf(prometheus) {
  const { yaml } = await api(prometheus, 'status/config');
  return Number(/^ *scrape_interval: (\d+)s$/m.exec(yaml)[1]);
}

// rangeOf is what Grafana asks for: as many values as a panel has pixels, but not more often than Prometheus collects, at times that are
// multiples of the step. All are seconds.
export function rangeOf(from, to, pixels, interval) {
  const step = Math.max(interval, Math.ceil((to - from) / pixels));
  const aligned = (time) => Math.floor(time / step) * step;
  return { start: aligned(from), end: aligned(to), step };
}

// legendOf puts labels into a format such as "{{task}}".
export function legendOf(format, labels) {
  return format.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, label) => labels[label] ?? '');
}

// eventsOf makes the events of an annotation: each time at which a series is above 0, those that follow each other as one.
export function eventsOf(annotation, series, step) {
  const events = [];
  for (const { metric, values } of series) {
    let last;
    for (const [time, value] of values) {
      if (!(Number(value) > 0)) continue;
      if (last && time - last.end <= step) {
        last.end = time;
        continue;
      }
      last = { name: annotation.name, color: annotation.iconColor, title: legendOf(annotation.titleFormat, metric), start: time, end: time };
      events.push(last);
    }
  }
  return events.sort((one, other) => one.start - other.start);
}
