/** Real programs that tests run against when they are installed. */
export const testComponents = [
  'unleash-proxy',
  'unleash-server',
  'unleash-clients',
  'chromium',
  'redis',
  'versitygw',
  'flagsmith-clients',
  'flagsmith-python',
];
