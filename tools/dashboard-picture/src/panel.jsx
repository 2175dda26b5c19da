// One panel of the dashboard, by Grafana's own components.
import { dateTime } from '@grafana/data';
import { Icon, PanelChrome, TimeSeries, useTheme2 } from '@grafana/ui';

import { drawEvents } from './events.js';
import { framesOf } from './frames.js';

// drawings has for each type of panel what draws its inside.
const drawings = {
  timeseries: ({ panel, answers, events, range, theme, width, height }) => (
    <TimeSeries
      frames={framesOf(panel, answers, range.step, theme)}
      legend={panel.options.legend}
      timeRange={{ from: dateTime(range.start * 1000), to: dateTime(range.end * 1000) }}
      timeZone="browser"
      width={width}
      height={height}
    >
      {(builder) => drawEvents(builder, events, theme)}
    </TimeSeries>
  ),
};

export function Panel({ place, ...rest }) {
  const theme = useTheme2();
  const { panel, answers, left, top, width, height } = place;
  const Drawing = drawings[panel.type];
  const links = panel.links?.length > 0 && <Icon name="external-link-alt" size="sm" style={{ margin: 'auto 4px' }} />;
  return (
    <div style={{ position: 'absolute', left, top }}>
      <PanelChrome title={panel.title} description={panel.description} titleItems={links} width={width} height={height}>
        {(innerWidth, innerHeight) => <Drawing panel={panel} answers={answers} theme={theme} width={innerWidth} height={innerHeight} {...rest} />}
      </PanelChrome>
    </div>
  );
}
