// Documents far larger than those of the profiles, for measuring what a swap of one does to requests.

/** Where the size comes from, as it is named in tables. */
export const largeDocuments = {
  identities: '20 MB of identity overrides',
  list: 'an IN list of 100,000 names',
  escapes: '20 MB of escapes in one text',
};

const bytes = 20e6;

/** Makes a document large, in place. */
export const enlarge = {
  identities(document) {
    const template = JSON.stringify(document.identity_overrides);
    const copies = Math.ceil(bytes / template.length);
    for (let copy = 1; copy < copies; copy++) {
      for (const override of JSON.parse(template)) {
        document.identity_overrides.push({ ...override, identifier: `${copy}-${override.identifier}` });
      }
    }
  },

  list(document) {
    const [segment] = document.project.segments;
    const names = Array.from({ length: 100_000 }, (_, i) => `customer-${i}@example.com`);
    const condition = { operator: 'IN', property_: 'email', value: names.join(',') };
    const rules = [{ type: 'ALL', rules: [{ type: 'ANY', rules: [], conditions: [condition] }], conditions: [] }];
    document.project.segments.push({ ...segment, id: 1000, name: 'long list', rules });
  },

  /** The value of one identity, so that it is read and compiled, but not in everybody's answer. */
  escapes(document) {
    const [override] = document.identity_overrides;
    const [state] = override.identity_features;
    const text = '\n"\\\t\u0001'; // 14 bytes of escapes
    override.identity_features[0] = { ...state, feature_state_value: text.repeat(bytes / 14) };
  },
};
