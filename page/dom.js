// Small helpers for building elements. Text is always set as text: nothing that a server sends becomes markup.

/**
 * Makes an element.
 *
 * @param {string} tag
 * @param {Record<string, string | (() => void) | undefined>} attributes a function is an event's handler
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    if (typeof value === 'function') made.addEventListener(name, value);
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** @param {string} id */
export function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** A list of terms and what they are. @param {[string, Node | string][]} rows */
export function terms(rows) {
  return element('dl', {}, ...rows.flatMap(([term, value]) => [element('dt', {}, term), element('dd', {}, value)]));
}

/**
 * Replaces what an element holds, unless it would look the same: what a reader has marked or focused stays.
 *
 * @param {HTMLElement} place
 * @param {Node[]} children
 */
export function show(place, children) {
  const fresh = place.cloneNode(false);
  fresh.append(...children);
  if (!place.isEqualNode(fresh)) place.replaceChildren(...fresh.childNodes);
}

/** `3 s`, `5 min`, `2 h`, `4 d`. @param {number} ms */
export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} d`;
}

/** `12,345`. @param {number} value */
export function count(value) {
  return value.toLocaleString('en');
}

/** `1.4 MB`. @param {number} value */
export function bytes(value) {
  const units = ['B', 'kB', 'MB', 'GB'];
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
