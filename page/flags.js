import { byId, count, duration, element, show } from './dom.js';
import { environmentIn, environmentValue, offerEnvironments } from './environments.js';

const words = { on: 'on', off: 'off', depends: 'depends' };

/**
 * The list of flags: asks the server for what is searched, and shows it.
 *
 * @param {(flag: string, where: string) => void} ask called when somebody wants to know more about a flag
 * @returns {{
 *   refresh: (nowMs: number) => Promise<void>,
 *   environments: (known: import('./environments.js').Environment[]) => void,
 * }}
 */
export function flagList(ask) {
  const search = /** @type {HTMLInputElement} */ (byId('search'));
  const state = /** @type {HTMLSelectElement} */ (byId('state'));
  const environment = /** @type {HTMLSelectElement} */ (byId('environment'));
  const more = byId('more');
  let limit = 100;
  let asked = 0;
  let nowMs = Date.now();
  let severalSystems = false;

  async function load() {
    const number = ++asked;
    const query = new URLSearchParams({ limit: String(limit) });
    if (search.value !== '') query.set('search', search.value);
    if (state.value !== '') query.set('state', state.value);
    for (const [name, value] of Object.entries(environmentIn(environment.value))) {
      if (value !== undefined) query.set(name, value);
    }
    const reply = await fetch(`flags?${query}`);
    if (!reply.ok) throw new Error(`the list of flags was answered with ${reply.status}`);
    const { total, matching, flags } = await reply.json();
    // An answer to what is not asked for any more.
    if (number !== asked) return;
    byId('flag-count').textContent =
      matching === total ? `${count(total)} flags` : `${count(matching)} of ${count(total)} flags`;
    more.hidden = flags.length >= matching || limit >= 1000;
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset : {};
    show(byId('flags'), table(flags));
    // Rows are made anew when ages change: whoever was in the table stays where they were.
    if (focused.flag !== undefined)
      byId('flags')
        .querySelector(`[data-flag="${CSS.escape(focused.flag)}"][data-where="${CSS.escape(focused.where ?? '')}"]`)
        ?.focus();
  }

  /** @param {any[]} flags */
  function table(flags) {
    const titles = ['Flag', ...(severalSystems ? ['System'] : []), 'Project', 'State', 'Last changed'];
    const head = titles.map((title) => element('th', { scope: 'col' }, title));
    const rows = flags.map(({ name, mode, kind, project, states, changedAtMs }) => {
      const open = element('button', { type: 'button', class: 'link', title: `Explain, ${mode}` }, name);
      open.dataset.flag = name;
      open.dataset.where = environmentValue(kind, Object.keys(states)[0] ?? '');
      return element(
        'tr',
        {},
        element('td', {}, open),
        ...(severalSystems ? [element('td', {}, mode)] : []),
        element('td', {}, project ?? ''),
        element('td', {}, ...stateList(states)),
        element('td', {}, changedAtMs === null ? 'unchanged' : `${duration(nowMs - changedAtMs)} ago`),
      );
    });
    return [element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...rows)];
  }

  const reload = () => void load().catch(() => {});
  const fromStart = () => {
    limit = 100;
    reload();
  };
  search.addEventListener('input', fromStart);
  state.addEventListener('change', fromStart);
  environment.addEventListener('change', fromStart);
  byId('flag-filter').addEventListener('submit', (event) => event.preventDefault());
  more.addEventListener('click', () => {
    limit = Math.min(1000, limit * 3);
    reload();
  });
  // One listener for all rows: rows come and go.
  byId('flags').addEventListener('click', (event) => {
    const { flag, where } = /** @type {HTMLElement} */ (event.target).dataset;
    if (flag !== undefined) ask(flag, where ?? '');
  });

  return {
    refresh(now) {
      nowMs = now;
      return load();
    },
    environments(known) {
      severalSystems = new Set(known.map(({ kind }) => kind)).size > 1;
      offerEnvironments(environment, known, 'any');
    },
  };
}

/** @param {Record<string, 'on' | 'off' | 'depends'>} states */
function stateList(states) {
  const entries = Object.entries(states);
  const same = new Set(Object.values(states)).size === 1;
  const shown = same ? entries.slice(0, 1) : entries;
  return shown.map(([environment, state]) =>
    element('div', { class: state }, same ? words[state] : `${words[state]} in ${environment}`),
  );
}
