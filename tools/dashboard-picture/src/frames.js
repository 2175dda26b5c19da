// What Prometheus answers, as the frames that Grafana's panels draw.
import { FieldType, getDisplayProcessor } from '@grafana/data';

import { legendOf } from './prometheus.js';

// What a dashboard that says nothing else gets from Grafana's panel of time series.
const LINE = { drawStyle: 'line', lineWidth: 1, lineInterpolation: 'linear', fillOpacity: 0, showPoints: 'auto', spanNulls: false };

// config is that of a panel's values.
function config(defaults) {
  const steps = (defaults.thresholds?.steps ?? []).map(({ value, color }) => ({ value: value ?? -Infinity, color }));
  return {
    ...defaults,
    color: defaults.color ?? { mode: 'palette-classic' },
    thresholds: { mode: defaults.thresholds?.mode ?? 'absolute', steps },
    custom: { ...LINE, ...defaults.custom },
  };
}

// number reads a value; what is none leaves a gap in the line.
function number(text) {
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

// framesOf has a frame for each series of a panel. The answers are in the order of its targets.
export function framesOf(panel, answers, step, theme) {
  const lines = panel.targets.flatMap((target, i) => answers[i].map((series) => ({ ...series, name: legendOf(target.legendFormat, series.metric) })));
  return lines.map(({ metric, values, name }, seriesIndex) => {
    const field = {
      name: 'Value',
      type: FieldType.number,
      labels: metric,
      values: values.map(([, value]) => number(value)),
      config: { ...config(panel.fieldConfig.defaults), displayNameFromDS: name },
      state: { seriesIndex },
    };
    field.display = getDisplayProcessor({ field, theme });
    // The interval has Grafana leave a gap where a value is missing.
    const time = { name: 'Time', type: FieldType.time, values: values.map(([at]) => at * 1000), config: { interval: step * 1000 } };
    return { length: values.length, fields: [time, field] };
  });
}
