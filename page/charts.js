import { element } from './dom.js';

const points = 60;
const svg = 'http://www.w3.org/2000/svg';

/** How fast counters grow, over the last minutes, as small charts. */
export class Charts {
  /** @type {Map<string, { last: number, lastMs: number, rates: number[] }>} */
  #series = new Map();

  /**
   * Takes a counter's value. A counter that became smaller was started again.
   *
   * @param {string} name
   * @param {number} value
   * @param {number} nowMs
   */
  add(name, value, nowMs) {
    const known = this.#series.get(name);
    if (known === undefined) {
      this.#series.set(name, { last: value, lastMs: nowMs, rates: [] });
      return;
    }
    const seconds = (nowMs - known.lastMs) / 1000;
    if (seconds < 0.5) return;
    known.rates.push(Math.max(0, value - known.last) / seconds);
    if (known.rates.length > points) known.rates.shift();
    known.last = value;
    known.lastMs = nowMs;
  }

  /** The charts as cards, in the order in which their counters came. */
  cards() {
    return [...this.#series].map(([name, { rates }]) => card(name, rates));
  }
}

/**
 * @param {string} name
 * @param {number[]} rates
 */
function card(name, rates) {
  const now = rates.at(-1) ?? 0;
  const most = Math.max(...rates, 1);
  const label = `${name}: ${rate(now)}, at most ${rate(Math.max(...rates, 0))} in the last minutes`;
  const chart = document.createElementNS(svg, 'svg');
  chart.setAttribute('class', 'chart');
  chart.setAttribute('viewBox', `0 0 ${points - 1} 100`);
  chart.setAttribute('preserveAspectRatio', 'none');
  chart.setAttribute('role', 'img');
  chart.setAttribute('aria-label', label);
  const start = points - rates.length;
  const line = rates.map((value, i) => `${start + i},${(98 - (value / most) * 94).toFixed(1)}`);
  if (line.length > 1) {
    chart.append(
      shape('polygon', `${start},100 ${line.join(' ')} ${points - 1},100`),
      shape('polyline', line.join(' ')),
    );
  }
  return element('div', { class: 'card' }, element('h3', {}, name), element('p', {}, rate(now)), chart);
}

/**
 * @param {string} kind
 * @param {string} at
 */
function shape(kind, at) {
  const made = document.createElementNS(svg, kind);
  made.setAttribute('points', at);
  return made;
}

/** @param {number} value */
function rate(value) {
  return `${value >= 10 ? Math.round(value).toLocaleString('en') : value.toFixed(1)} per second`;
}
