/**
 * The files of Swagger UI that are served, by name; the build copies them from the package `swagger-ui-dist`. Whatever
 * is not listed here cannot be read through the server, however a path is written.
 */
export const assetTypes: ReadonlyMap<string, string> = new Map([
  ['swagger-ui.css', 'text/css; charset=utf-8'],
  ['index.css', 'text/css; charset=utf-8'],
  ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
  ['favicon-16x16.png', 'image/png'],
  ['favicon-32x32.png', 'image/png'],
]);

const noSniff = { 'X-Content-Type-Options': 'nosniff' };
/** Everything comes from this server: the page neither asks elsewhere nor runs what was not shipped with it. */
export const uiPageHeaders: Readonly<Record<string, string>> = {
  ...noSniff,
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};
/** Of the files beside it. */
export const uiAssetHeaders: Readonly<Record<string, string>> = { ...noSniff, 'Cache-Control': 'public, max-age=0' };

/**
 * The page that Swagger UI runs in.
 *
 * @param title of the browser's window; plain text without markup
 * @param up path from the page to the folder of the files: empty, or `../` for each level
 */
export function uiPage(title: string, up: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" type="image/png" href="${up}favicon-32x32.png" sizes="32x32">
<link rel="icon" type="image/png" href="${up}favicon-16x16.png" sizes="16x16">
<link rel="stylesheet" href="${up}swagger-ui.css">
<link rel="stylesheet" href="${up}index.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="${up}swagger-ui-bundle.js"></script>
<script src="${up}swagger-initializer.js"></script>
</body>
</html>
`;
}

/** Name of the script that {@link uiInitializer} is. */
export const initializerName = 'swagger-initializer.js';

/**
 * Starts Swagger UI on the page. The document is found from where the script is, whatever a reverse proxy puts in front
 * of the path; the validator of the project's own site is not asked.
 *
 * @param documentPath path from the script to the document
 */
export function uiInitializer(documentPath: string): string {
  return `const documentUrl = new URL('${documentPath}', document.currentScript.src).href;
window.ui = SwaggerUIBundle({
  url: documentUrl,
  dom_id: '#swagger-ui',
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
});
`;
}
