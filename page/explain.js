import { byId, element, show } from './dom.js';
import { environmentIn, offerEnvironments } from './environments.js';

/** A context to start from, by the kind of system. */
const samples = { flagsmith: '{"identifier": "1", "traits": {}}' };
const sample = '{"userId": "1"}';

const marks = { yes: '✓', no: '✗', skipped: '–', info: '·' };

/**
 * The form that asks for one answer and shows the way to it.
 *
 * @returns {{
 *   choose: (flag: string, where: string) => void,
 *   status: (explain: string, known: import('./environments.js').Environment[]) => void,
 * }}
 */
export function explainForm() {
  const form = /** @type {HTMLFormElement} */ (byId('explain-form'));
  const flag = /** @type {HTMLInputElement} */ (byId('explain-flag'));
  const environment = /** @type {HTMLSelectElement} */ (byId('explain-environment'));
  const context = /** @type {HTMLTextAreaElement} */ (byId('context'));
  // Kept in this field only: it is gone when the page is.
  const token = /** @type {HTMLInputElement} */ (byId('token'));
  const place = byId('explanation');

  async function explain() {
    let read;
    try {
      read = JSON.parse(context.value.trim() === '' ? '{}' : context.value);
    } catch (error) {
      return problem(`The context is not JSON: ${error instanceof Error ? error.message : error}`);
    }
    const headers = { 'Content-Type': 'application/json' };
    if (token.value !== '') headers.Authorization = `Bearer ${token.value}`;
    const body = JSON.stringify({ ...environmentIn(environment.value), context: read });
    const reply = await fetch(`explain/${encodeURIComponent(flag.value)}`, { method: 'POST', headers, body });
    const told = await reply.json();
    if (!reply.ok) return problem(told.message, told.nearest);
    show(place, explanation(told));
  }

  /**
   * @param {string} message
   * @param {string[]} nearest names like the one that was asked for
   */
  function problem(message, nearest = []) {
    const hint = nearest.length > 0 ? ` Similar: ${nearest.join(', ')}.` : '';
    show(place, [element('p', { class: 'bad' }, message + hint)]);
  }

  /** The sample fits the system that is asked, as long as nobody has written a context. */
  function fitSample() {
    if (![sample, ...Object.values(samples)].includes(context.value)) return;
    context.value = samples[environmentIn(environment.value).mode] ?? sample;
  }

  environment.addEventListener('change', fitSample);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    explain().catch((error) => problem(`The server did not answer: ${error.message}`));
  });

  return {
    choose(name, where) {
      flag.value = name;
      if ([...environment.options].some(({ value }) => value === where)) environment.value = where;
      fitSample();
      byId('explain-heading').scrollIntoView({ block: 'start' });
      context.focus({ preventScroll: true });
    },
    status(state, known) {
      byId('explain-note').textContent =
        state === 'off' ? 'Explanations are off. Set HALYARD_OPERATOR_TOKEN and restart to use them.' : '';
      form.hidden = state === 'off';
      byId('token-label').hidden = state !== 'needs-token';
      offerEnvironments(environment, known);
      fitSample();
    },
  };
}

/** @param {any} told */
function explanation({ flag, answer, because, environment, notes, steps }) {
  const { name, mode, revision } = environment;
  const state = answer.visible ? (answer.enabled ? 'on' : 'off') : 'not visible';
  const variant = answer.variant === null ? '' : `, variant ${answer.variant}`;
  const value = answer.value === undefined ? '' : `, value ${JSON.stringify(answer.value)}`;
  return [
    element('h3', { class: answer.enabled ? 'on' : 'off' }, `${flag}: ${state}${variant}${value}`),
    element('p', {}, because),
    element('p', { class: 'quiet' }, `${mode}, environment ${name}, revision ${revision}, reason ${answer.reason}`),
    ...notes.map((/** @type {string} */ note) => element('p', { class: 'quiet' }, note)),
    element('ul', { class: 'tree' }, ...steps.map(stepItem)),
  ];
}

/** @param {any} step */
function stepItem({ verdict, text, decisive, steps }) {
  return element(
    'li',
    { class: decisive ? `${verdict} decisive` : verdict },
    element('span', { class: 'verdict', 'aria-label': verdict }, `${marks[verdict]} `),
    element('span', { class: 'text' }, text),
    ...(decisive ? [element('span', { class: 'quiet' }, ' (decided)')] : []),
    ...(steps.length > 0 ? [element('ul', {}, ...steps.map(stepItem))] : []),
  );
}
