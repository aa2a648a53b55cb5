import type { OtlpTexts } from '../config/otlp-options.ts';
import { otlpSettings } from '../config/otlp-settings.ts';
import type { Fleet } from '../fleet/fleet.ts';

/**
 * A fleet whose processes export what OpenTelemetry is to know, where the settings ask for it; otherwise the same fleet,
 * and nothing of OpenTelemetry is loaded.
 *
 * @param basePaths what may stand in front of the paths that are served, without slashes at their ends
 * @throws OtlpSettingError
 */
export async function observed(fleet: Fleet, texts: OtlpTexts, basePaths: readonly string[] = []): Promise<Fleet> {
  const settings = otlpSettings(texts);
  if (settings === undefined) return fleet;
  const { observe } = await import('./observe.ts');
  return observe(fleet, settings, basePaths);
}
