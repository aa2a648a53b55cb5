// What all bare servers of this part send.
const vary = 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers';
const etag = 'W/"2ac-AbCdEfGhIjKlMnOpQrStUv=="';

export const body = Buffer.alloc(684, '{"toggles":[{"name":"flag"}]}');
export const full = {
  status: 200,
  headers: { vary: `${vary}, Accept-Encoding`, 'content-type': 'application/json', etag },
};
export const unchanged = { status: 304, headers: { vary, etag } };
