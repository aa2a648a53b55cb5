/** Puts a plan into Unleash through its admin API. */
import type { Admin, Segment } from './admin.ts';
import { counted, type FlagPlan, flags, nordics, strategyTypes, weighed } from './plan.ts';

export const environment = 'development';

/** Creates strategy types, the segment and all planned flags; returns the tokens that the tests need. */
export async function seed(admin: Admin): Promise<{ readonly backend: string; readonly frontend: string }> {
  for (const [name, parameter] of strategyTypes) await admin.addStrategyType(name, parameter);
  const segment = await admin.addSegment(nordics);
  for (const plan of [...flags, ...weighed, ...counted]) await createFlag(admin, plan, segment);
  for (const plan of flags) {
    if (plan.parent) await admin.addParent(plan.name, plan.parent.feature, plan.parent.variants);
  }
  return {
    backend: await admin.addToken('backend', 'backend', environment),
    frontend: await admin.addToken('frontend', 'frontend', environment),
  };
}

async function createFlag(admin: Admin, plan: FlagPlan, segmentId: number): Promise<void> {
  const { onIn = environment } = plan;
  const where = onIn === 'nowhere' ? environment : onIn;
  await admin.addFlag(plan.name, plan.impressionData);
  for (const { segment, ...strategy } of plan.strategies) {
    await admin.addStrategy(plan.name, where, { ...strategy, ...(segment ? { segments: [segmentId] } : {}) });
  }
  if (plan.flagVariants) await admin.setFlagVariants(plan.name, where, plan.flagVariants);
  if (onIn !== 'nowhere') await admin.turn(plan.name, where, 'on');
}

/** Flags that one subject's tests change, so that subjects do not disturb each other. */
export interface Changing {
  readonly flag: string;
  readonly segmentFlag: string;
  readonly segment: Segment;
  readonly segmentId: number;
  readonly archived: string;
}

export async function seedChanging(admin: Admin, owner: string): Promise<Changing> {
  const flag = `switch-${owner}`;
  await admin.addFlag(flag);
  const segmentFlag = `segment-${owner}`;
  const segment: Segment = {
    name: `group-${owner}`,
    constraints: [{ contextName: 'company', operator: 'IN', values: ['nobody'] }],
  };
  const segmentId = await admin.addSegment(segment);
  await admin.addFlag(segmentFlag);
  await admin.addStrategy(segmentFlag, environment, { name: 'default', segments: [segmentId] });
  await admin.turn(segmentFlag, environment, 'on');
  const archived = `archived-${owner}`;
  await admin.addFlag(archived);
  await admin.addStrategy(archived, environment, { name: 'default' });
  await admin.turn(archived, environment, 'on');
  return { flag, segmentFlag, segment, segmentId, archived };
}
