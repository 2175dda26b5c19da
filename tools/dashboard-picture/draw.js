// Draws a dashboard from what a Prometheus has of the last minutes. draw.sh calls it, with the packages beside it.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

import { context } from 'esbuild';
import sharp from 'sharp';

import { arrange } from './src/dashboard.js';
import { ask, eventsOf, intervalOf, rangeOf } from './src/prometheus.js';

const here = path.dirname(fileURLToPath(import.meta.url));

// The browser has no screen; time runs on in it until everything has come.
const BROWSER = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--hide-scrollbars', '--enable-logging=stderr', '--force-device-scale-factor=2', '--virtual-time-budget=20000'];

// collect asks Prometheus for everything that is drawn.
async function collect({ dashboard, prometheus, minutes, width, collapsed }) {
  const board = JSON.parse(await readFile(dashboard, 'utf8'));
  const { rows, height } = arrange(board, Number(width), collapsed);
  const places = rows.flatMap((row) => row.places);
  const now = Date.now() / 1000;
  const range = rangeOf(now - minutes * 60, now, Math.min(...places.map((place) => place.width)), await intervalOf(prometheus));
  for (const place of places) {
    place.answers = await Promise.all(place.panel.targets.map(({ expr }) => ask(prometheus, expr, range)));
    if (place.answers.flat().length === 0) throw new Error(`panel "${place.panel.title}" is empty`);
  }
  const events = await Promise.all(board.annotations.list.map(async (annotation) => {
    const step = parseInt(annotation.step, 10);
    return eventsOf(annotation, await ask(prometheus, annotation.expr, { ...range, step }), step);
  }));
  return { title: board.title, annotations: board.annotations.list, rows, height, range, events: events.flat() };
}

// serve bundles the page into a folder and answers the address at which it is.
async function serve(folder, data) {
  // Grafana's components ask for their icons at this path.
  await cp(path.join(here, 'node_modules/@grafana/ui/dist/public'), path.join(folder, 'public/build'), { recursive: true });
  await writeFile(path.join(folder, 'data.json'), JSON.stringify(data));
  await writeFile(path.join(folder, 'index.html'),
    '<!doctype html><html lang="en"><link rel="stylesheet" href="page.css"><div id="page"></div><script type="module" src="page.js"></script></html>');
  const bundle = await context({
    entryPoints: [path.join(here, 'src/page.jsx')],
    outdir: folder,
    bundle: true,
    format: 'esm',
    jsx: 'automatic',
    loader: { '.svg': 'file', '.ttf': 'file', '.woff': 'file', '.woff2': 'file' },
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'warning',
  });
  await bundle.rebuild();
  const { port } = await bundle.serve({ host: '127.0.0.1', port: 0, servedir: folder });
  return { address: `http://127.0.0.1:${port}/`, end: () => bundle.dispose() };
}

// browse runs the browser that is here, and answers what it said. An error of the page is one here.
async function browse(...args) {
  for (const browser of ['chromium', 'google-chrome']) {
    try {
      const { stderr } = await promisify(execFile)(browser, [...BROWSER, ...args], { timeout: 600_000, env: { ...process.env, TZ: 'UTC' } });
      const said = stderr.split('\n').filter((line) => /CONSOLE\b.*Uncaught/.test(line));
      if (said.length > 0) throw new Error(said.join('\n'));
      return stderr;
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
  }
  throw new Error('neither chromium nor google-chrome is here');
}

async function draw(options) {
  const data = await collect(options);
  const folder = await mkdtemp(path.join(tmpdir(), 'dashboard-picture-'));
  const page = await serve(folder, data);
  try {
    const shot = path.join(folder, 'shot.png');
    const said = await browse(`--user-data-dir=${folder}/browser`, `--window-size=${options.width},${Math.ceil(data.height)}`, `--screenshot=${shot}`, page.address);
    if (!existsSync(shot)) throw new Error(`the browser took no picture:\n${said}`);
    // With a table of colours the file is half as large.
    await sharp(shot).png({ palette: true, colours: 256, quality: 100, dither: 0, effort: 10, compressionLevel: 9 }).toFile(options.out);
  } finally {
    await page.end();
    // A browser that was ended may still write.
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 500 });
  }
}

const OPTIONS = {
  dashboard: { type: 'string' },
  prometheus: { type: 'string' },
  out: { type: 'string' },
  minutes: { type: 'string', default: '15' },
  width: { type: 'string', default: '1000' },
  collapsed: { type: 'string', multiple: true, default: [] },
};

try {
  const { values } = parseArgs({ options: OPTIONS });
  for (const name of ['dashboard', 'prometheus', 'out']) {
    if (!values[name]) throw new Error(`--${name} is missing`);
  }
  await draw(values);
} catch (error) {
  console.error(`error: ${error.message}${error.cause ? `: ${error.cause.message}` : ''}`);
  process.exitCode = 1;
}
