import { Charts } from './charts.js';
import { byId, bytes, count, duration, element, show, terms } from './dom.js';
import { environmentsOf } from './environments.js';
import { explainForm } from './explain.js';
import { flagList } from './flags.js';

const intervalMs = 2_000;
const charts = new Charts();
const form = explainForm();
const flags = flagList(form.choose);
let changesShown = -1;

async function refresh() {
  const reply = await fetch('status');
  if (!reply.ok) throw new Error(`it answers with ${reply.status}`);
  const status = await reply.json();
  const { nowMs, modes, changes } = status;
  byId('process').textContent =
    `${status.version} on ${status.runtime}, up ${duration(nowMs - status.startedAtMs)}, ${bytes(status.residentBytes)} of memory`;
  show(byId('environments'), environmentCards(modes, nowMs));
  showRates(modes, nowMs);
  show(byId('figures'), modes.map(figureCard));
  show(byId('credentials'), credentialTable(modes));
  byId('workers-section').hidden = status.workers === undefined;
  show(byId('workers'), workerTable(status.workers ?? [], nowMs));
  const known = environmentsOf(modes);
  form.status(status.explain, known);
  flags.environments(known);
  showChanges(changes, nowMs);
  await flags.refresh(nowMs);
}

function environmentCards(modes, nowMs) {
  return modes.flatMap(({ title, environments }) =>
    environments.length === 0
      ? [
          element(
            'div',
            { class: 'card' },
            element('h3', {}, title),
            element('p', { class: 'quiet' }, 'no environment yet'),
          ),
        ]
      : environments.map(({ name, state, fetching }) =>
          element(
            'div',
            { class: 'card' },
            element('h3', {}, name),
            element('p', { class: 'quiet' }, title),
            terms([...stateRows(state, nowMs), ...fetchingRows(fetching, nowMs)]),
          ),
        ),
  );
}

function stateRows(state, nowMs) {
  if (state === null) return [['Definitions', element('span', { class: 'bad' }, 'none yet')]];
  return [
    ['Flags', count(state.flagCount)],
    ['Revision', count(state.revision)],
    ['In use since', `${duration(nowMs - state.publishedAtMs)} ago`],
    ['From', state.origin],
  ];
}

function fetchingRows(fetching, nowMs) {
  if (fetching === null) return [];
  const { lastResult, lastSuccessMs, nextPollMs, failures } = fetching;
  const bad = failures > 0 || ['failed', 'refused', 'unusable'].includes(lastResult);
  const result = `${lastResult ?? 'none yet'}${failures > 1 ? `, ${count(failures)} times` : ''}`;
  return [
    ['Last fetch', bad ? element('span', { class: 'bad' }, result) : result],
    ['Confirmed', lastSuccessMs === undefined ? 'not yet' : `${duration(nowMs - lastSuccessMs)} ago`],
    ...(nextPollMs === undefined ? [] : [['Next fetch', `in ${duration(nextPollMs - nowMs)}`]]),
  ];
}

function showRates(modes, nowMs) {
  for (const { title, figures } of modes) {
    for (const group of ['requests', 'upstream']) {
      const own = figures.filter((figure) => figure.group === group && figure.counter);
      if (own.length === 0) continue;
      const total = own.reduce((sum, { value }) => sum + value, 0);
      charts.add(`${title}: ${group === 'requests' ? 'requests' : 'exchanges with upstream'}`, total, nowMs);
    }
  }
  show(byId('charts'), charts.cards());
}

function figureCard({ title, figures }) {
  const rows = figures.map(({ name, group, value, unit, limit }) => {
    const written = unit === 'bytes' ? bytes : count;
    // The bound of what is kept per environment and scope is known with the first of them.
    if (limit === undefined || limit === 0) return [`${group}: ${name}`, written(value)];
    const meter = element('meter', { min: '0', max: String(limit), value: String(value), 'aria-label': name });
    return [`${group}: ${name}`, element('span', {}, `${written(value)} of ${written(limit)} `, meter)];
  });
  return element('div', { class: 'card' }, element('h3', {}, title), terms(rows));
}

function credentialTable(modes) {
  const rows = modes.flatMap(({ title, credentials }) =>
    credentials.map(({ shown, kind, environment, projects }) => [shown, kind, environment, projects.join(', '), title]),
  );
  return tableOf(['Credential', 'Kind', 'Environment', 'Projects', 'System'], rows);
}

function workerTable(workers, nowMs) {
  const rows = workers.map(({ worker, pid, residentBytes, cpuSeconds, replacements, environments }) => [
    String(worker),
    String(pid ?? ''),
    bytes(residentBytes ?? 0),
    duration((cpuSeconds ?? 0) * 1000),
    count(replacements ?? 0),
    environments.map((environment) => heldText(environment, nowMs)).join('; '),
  ]);
  return tableOf(['Worker', 'Process', 'Memory', 'CPU time', 'Replaced', 'Definitions'], rows);
}

function heldText({ name, state, confirmedMs }, nowMs) {
  if (state === null) return `${name}: none yet`;
  const held = `${name}: revision ${state.revision}, ${duration(nowMs - state.publishedAtMs)} old`;
  return confirmedMs === null ? held : `${held}, confirmed ${duration(nowMs - confirmedMs)} ago`;
}

function tableOf(titles, rows) {
  const head = titles.map((title) => element('th', { scope: 'col' }, title));
  const cells = (row) => row.map((text) => element('td', {}, text));
  return [
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...rows.map((row) => element('tr', {}, ...cells(row)))),
  ];
}

function showChanges({ total, newest }, nowMs) {
  const kept = total > newest.length ? `, the newest ${newest.length} of them here` : '';
  const said = total === 0 ? 'No flag has changed since the start.' : `${count(total)} since the start${kept}.`;
  // Read out once, not each time.
  if (total !== changesShown) byId('change-count').textContent = said;
  changesShown = total;
  show(
    byId('changes'),
    newest.map((change) => changeItem(change, nowMs)),
  );
}

function changeItem({ atMs, mode, environment, flag, kind, difference }, nowMs) {
  const { fields = [], more = 0 } = difference ?? {};
  const lines = fields.map(({ path, before, after }) =>
    element('li', {}, `${path || 'all of it'}: ${before ?? 'nothing'} → ${after ?? 'nothing'}`),
  );
  if (more > 0) lines.push(element('li', {}, `and ${count(more)} more`));
  return element(
    'li',
    {},
    element('strong', {}, flag),
    ` was ${kind} `,
    element('span', { class: 'quiet' }, `${duration(nowMs - atMs)} ago in ${environment}, ${mode}`),
    ...(lines.length > 0 ? [element('ul', {}, ...lines)] : []),
  );
}

async function keepFresh() {
  const connection = byId('connection');
  try {
    await refresh();
    connection.textContent = '';
    connection.className = '';
  } catch (error) {
    connection.textContent = `No fresh figures: ${error.message}. Trying again.`;
    connection.className = 'bad';
  }
  // Nothing is asked for a page that nobody sees.
  if (document.hidden)
    await new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }));
  setTimeout(keepFresh, intervalMs);
}

void keepFresh();
