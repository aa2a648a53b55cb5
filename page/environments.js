import { element, show } from './dom.js';

/**
 * One environment as the page names it. Two systems may have environments of one name: together with the kind of the
 * system it is unique.
 *
 * @typedef {{ kind: string, name: string, title: string }} Environment
 */

/** All environments of a status. @returns {Environment[]} */
export function environmentsOf(modes) {
  return modes.flatMap(({ kind, title, environments }) => environments.map(({ name }) => ({ kind, name, title })));
}

/** The value of an option that stands for an environment. @param {string} kind @param {string} name */
export function environmentValue(kind, name) {
  return JSON.stringify([kind, name]);
}

/** What an option stands for; both undefined for none. @param {string} value */
export function environmentIn(value) {
  const [mode, environment] = value === '' ? [] : JSON.parse(value);
  return { mode, environment };
}

/**
 * Offers environments to choose from. What was chosen stays chosen while it is there.
 *
 * @param {HTMLSelectElement} select
 * @param {Environment[]} environments
 * @param {string} [none] the option that stands for none, where there is one
 */
export function offerEnvironments(select, environments, none) {
  const chosen = select.value;
  const shared = (name) => environments.filter((other) => other.name === name).length > 1;
  const options = environments.map(({ kind, name, title }) =>
    element('option', { value: environmentValue(kind, name) }, shared(name) ? `${name}, ${title}` : name),
  );
  show(select, none === undefined ? options : [element('option', { value: '' }, none), ...options]);
  if ([...select.options].some(({ value }) => value === chosen)) select.value = chosen;
  else select.selectedIndex = 0;
}
