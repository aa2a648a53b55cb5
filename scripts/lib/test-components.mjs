/** Real programs that tests run against when they are installed. */
export const testComponents = [
  'unleash-proxy',
  'unleash-server',
  'unleash-clients',
  'chromium',
  'redis',
  'prometheus',
  'versitygw',
  'flagsmith-clients',
  'flagsmith-python',
  'openfeature-server',
  'openfeature-web',
  'openfeature-python',
  'openfeature-go',
  'openfeature-java',
];
