/** Typed access to `scripts/lib/components.mjs`: the real programs that tests compare with, installed on demand. */
interface Components {
  componentDir(name: string): string | undefined;
  componentNode(name: string): string;
  hasComponent(name: string): boolean;
  cargoProgram(name: string): string | undefined;
  goProgram(name: string): string | undefined;
  componentPython(name: string): string | undefined;
  builtComponent(name: string): string | undefined;
}

const url = new URL('../../scripts/lib/components.mjs', import.meta.url).href;
const components: Components = await import(/* @vite-ignore */ url);

export const { builtComponent, cargoProgram, componentDir, componentNode, componentPython, goProgram, hasComponent } =
  components;

/**
 * True when the component is installed. When it is not, says so loudly and returns false, or throws on CI, where a
 * comparison that silently did not happen would be worth nothing.
 */
export function componentOrSkip(name: string, purpose: string): boolean {
  if (hasComponent(name)) return true;
  const text = `component "${name}" is not installed: ${purpose} did NOT run (npm run components installs it)`;
  if (process.env.CI === 'true') throw new Error(text);
  console.warn(`\n*** SKIPPED: ${text} ***\n`);
  return false;
}
