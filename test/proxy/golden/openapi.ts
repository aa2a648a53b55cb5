/** The recorded OpenAPI document lacks the members that only explain. A property may still be called `description`. */
const explaining = new Set(['description', 'summary', 'example']);

export function elideTexts(value: unknown, isPropertyMap = false): unknown {
  if (Array.isArray(value)) return value.map((item) => elideTexts(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => isPropertyMap || !explaining.has(key))
      .map(([key, member]) => [key, elideTexts(member, key === 'properties' && !isPropertyMap)]),
  );
}
