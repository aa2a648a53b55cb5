import type { BoundDefinition } from '../../src/operations/metrics/bounds.ts';
import type { FamilyDefinition } from '../../src/operations/metrics/catalogue.ts';

type Families = Readonly<Record<string, FamilyDefinition>>;
type Bounds = Readonly<Record<string, BoundDefinition>>;
export function metricsPage(own: Families, adopted: Families, bounds: Bounds): string;
