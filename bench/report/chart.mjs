// The chart of a suite: grouped bars, one panel per feature set with a scale of its own, because a reply of
// 350 flags is ten times the bytes of one with 5. Colours follow the reader's light or dark setting.
import { count } from './tables.mjs';

const panelWidth = 440;
const barHeight = 15;
const barGap = 3;
const groupHead = 26;
const panelHead = 40;
const margin = 24;
const valueSpace = 112;
const legendHeight = 84;

/** The chart as an SVG document; the limit shows no ratio, it is not in the race. */
export function chart(suite, results) {
  const { subjects } = suite;
  const panels = Object.keys(suite.flagSets)
    .map((dataset) => panelData(suite, results, dataset))
    .filter(({ groups }) => groups.length > 0);
  const present = subjects.filter(({ id }) => results.loads.some((row) => row.subject === id));
  const width = margin + Math.max(1, Math.min(2, panels.length)) * (panelWidth + margin);
  let top = legendHeight;
  const drawn = [];
  for (let i = 0; i < panels.length; i += 2) {
    const pair = panels.slice(i, i + 2);
    pair.forEach((panel, column) => {
      drawn.push(drawPanel(panel, margin + column * (panelWidth + margin), top));
    });
    top += Math.max(...pair.map(panelHeight)) + margin;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top}" width="${width}" height="${top}" role="img" aria-labelledby="title">
<title id="title">Requests per second on one core: ${present.map(({ title }) => escaped(title)).join(', ')}</title>
<style>
${style}
</style>
<rect class="page" width="${width}" height="${top}" rx="8"/>
<text class="head" x="${margin}" y="34">Requests per second, one core</text>
${legend(present)}
${drawn.join('\n')}
</svg>
`;
}

const style = `.page { fill: #ffffff } text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2937 }
.head { font-size: 17px; font-weight: 600 } .panel { font-size: 14px; font-weight: 600 } .muted { fill: #6b7280 }
.strong { font-weight: 600 } .rule { stroke: #d1d5db; stroke-width: 1 }
.halyard-bun { fill: #1d6fd8 } .halyard-node { fill: #7db4f2 } .unleash-proxy, .unleash-edge { fill: #e0863a } .bare { fill: #c3c9d2 } .nginx { fill: #a3ab98 }
.other { fill: #8b7fd6 }
@media (prefers-color-scheme: dark) {
.page { fill: #0d1117 } text { fill: #e6edf3 } .muted { fill: #9aa4b2 } .rule { stroke: #39424e }
.halyard-bun { fill: #4c9bff } .halyard-node { fill: #2f66a8 } .unleash-proxy, .unleash-edge { fill: #e58f45 } .bare { fill: #4b5563 } .nginx { fill: #5b6450 }
}`;

function panelData({ workloads, subjects, flagSets }, results, dataset) {
  const rows = results.loads.filter((row) => row.dataset === dataset);
  const groups = workloads
    .map(({ id, title }) => ({
      title,
      bars: bars(
        subjects,
        rows.filter((row) => row.workload === id),
      ),
    }))
    .filter((group) => group.bars.length > 0);
  return { title: flagSets[dataset].title, groups, largest: Math.max(0, ...rows.map((row) => row.requestsPerSecond)) };
}

function bars(subjects, rows) {
  const isLimit = (id) => subjects.some((subject) => subject.limit && subject.id === id);
  const original = rows.find((row) => subjects.some(({ id, reference }) => reference && id === row.subject));
  return rows.map((row) => ({
    subject: row.subject,
    value: row.requestsPerSecond,
    times:
      original && row !== original && !isLimit(row.subject)
        ? row.requestsPerSecond / original.requestsPerSecond
        : undefined,
  }));
}

const groupHeight = (group) => groupHead + group.bars.length * (barHeight + barGap);
const panelHeight = ({ groups }) => panelHead + groups.reduce((total, group) => total + groupHeight(group), 0);

function drawPanel({ title, groups, largest }, x, y) {
  const scale = (panelWidth - valueSpace) / largest;
  const lines = [`<text class="panel" x="${x}" y="${y + 18}">${escaped(title)}</text>`];
  let top = y + panelHead - 10;
  const axisFrom = top;
  for (const group of groups) {
    lines.push(`<text class="muted" x="${x + 6}" y="${top + 18}">${escaped(group.title)}</text>`);
    top += groupHead;
    for (const { subject, value, times } of group.bars) {
      const length = Math.max(1, value * scale);
      const label = `${count(value)}${times === undefined ? '' : ` · ${times.toFixed(1)} ×`}`;
      const strong = subject.startsWith('halyard') ? 'strong' : 'muted';
      lines.push(
        `<rect class="${className(subject)}" x="${x}" y="${top}" width="${length.toFixed(1)}" height="${barHeight}"/>`,
        `<text class="${strong}" x="${(x + length + 6).toFixed(1)}" y="${top + 12}">${label}</text>`,
      );
      top += barHeight + barGap;
    }
  }
  lines.push(`<line class="rule" x1="${x}" x2="${x}" y1="${axisFrom}" y2="${top}"/>`);
  return lines.join('\n');
}

function legend(present) {
  let x = margin;
  return present
    .map(({ id, title }) => {
      const at = x;
      x += 34 + title.length * 7;
      return `<rect class="${className(id)}" x="${at}" y="50" width="12" height="12" rx="2"/><text x="${at + 18}" y="61">${escaped(title)}</text>`;
    })
    .join('\n');
}

// A subject without a colour of its own still shows.
const className = (id) => (style.includes(`.${id} `) || style.includes(`.${id},`) ? id : 'other');
const escaped = (text) => text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign]);
