import type { FamilyDefinition } from '../../src/operations/metrics/catalogue.ts';

type Families = Readonly<Record<string, FamilyDefinition>>;
export function metricsPage(own: Families, adopted: Families): string;
