import type { FamilyDefinition } from '../../src/operations/metrics/catalogue.ts';

type Families = Readonly<Record<string, FamilyDefinition>>;
export function metricsPage(own: object, adopted: object, bounds: object): string;
