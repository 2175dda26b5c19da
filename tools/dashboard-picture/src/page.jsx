// The page that the browser takes a picture of. All that it shows is in data.json, which draw.js has written.
import '@fontsource/inter/400.css';
import '@fontsource/inter/500.css';

import { createTheme, ThemeContext } from '@grafana/data';
import { GlobalStyles, Icon } from '@grafana/ui';
import { createRoot } from 'react-dom/client';

import { GAP, LINE } from './dashboard.js';
import { Panel } from './panel.jsx';

const theme = createTheme({ colors: { mode: 'dark' } });

function Row({ title, top, collapsed, panels }) {
  return (
    <div style={{ position: 'absolute', left: GAP, top, lineHeight: '30px', fontSize: 16, fontWeight: 500 }}>
      <Icon name={collapsed ? 'angle-right' : 'angle-down'} /> {title}
      {collapsed && <span style={{ color: theme.colors.text.secondary, fontSize: 12, fontWeight: 400 }}> ({panels.length} panels)</span>}
    </div>
  );
}

const clock = (seconds) => new Date(seconds * 1000).toTimeString().slice(0, 8);

// Head has the title and, other than Grafana, which shows them under the pointer, what the events are.
function Head({ title, annotations, range, events }) {
  const line = { height: LINE, lineHeight: `${LINE}px`, whiteSpace: 'nowrap', overflow: 'hidden', textOverflow: 'ellipsis' };
  return (
    <div style={{ position: 'absolute', left: 2 * GAP, right: 2 * GAP, top: GAP, fontSize: 12 }}>
      <div style={{ ...line, fontSize: 16, fontWeight: 500 }}>
        {title}
        <span style={{ float: 'right', fontSize: 12, fontWeight: 400 }}><Icon name="clock-nine" /> {new Date(range.start * 1000).toISOString().slice(0, 10)} {clock(range.start)} to {clock(range.end)}</span>
      </div>
      {annotations.map(({ name, iconColor }) => (
        <div key={name} style={line}>
          <span style={{ color: theme.visualization.getColorByName(iconColor) }}>&#9650; {name}</span>
          {events.filter((event) => event.name === name).map((event) => (
            <span key={event.title + event.start}>
              &ensp;<span style={{ color: theme.colors.text.secondary }}>{clock(event.start)}</span> {event.title}
            </span>
          ))}
        </div>
      ))}
    </div>
  );
}

function Dashboard({ title, annotations, rows, height, range, events }) {
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <div style={{ height }} />
      <Head title={title} annotations={annotations} range={range} events={events} />
      {rows.map((row) => <Row key={row.title} {...row} />)}
      {rows.flatMap((row) => row.places).map((place) => <Panel key={place.panel.title} place={place} events={events} range={range} />)}
    </ThemeContext.Provider>
  );
}

const data = await (await fetch('data.json')).json();
createRoot(document.getElementById('page')).render(<Dashboard {...data} />);
