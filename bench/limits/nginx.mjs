// The limit of the machine: nginx sending bytes that a server sent before, from a file.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes the files and a configuration with one port per reply; returns command and arguments. */
export function nginxLaunch({ scratch, replies, ports }) {
  const root = join(scratch, 'nginx');
  mkdirSync(join(root, 'logs'), { recursive: true });
  const captured = JSON.parse(readFileSync(replies, 'utf8'));
  const servers = Object.entries(ports).map(([name, port]) => {
    const { status, headers, body } = captured[name];
    writeFileSync(join(root, `${name}.body`), Buffer.from(body, 'base64'));
    return server(port, name, status, headers);
  });
  const file = join(root, 'nginx.conf');
  writeFileSync(file, configuration(root, servers));
  return { command: 'nginx', args: ['-p', root, '-c', file], env: {} };
}

function server(port, name, status, headers) {
  const type = headers['content-type'] ?? 'application/json';
  const added = Object.entries(headers)
    .filter(([header]) => header !== 'content-type')
    .map(([header, value]) => `add_header ${header} '${value.replaceAll("'", '')}' always;`);
  const answer = status === 304 ? 'return 304;' : `try_files /${name}.body =404;`;
  return `server {
  listen 127.0.0.1:${port}; default_type '${type}'; ${added.join(' ')}
  location / { ${answer} }
}`;
}

const configuration = (root, servers) => `
${process.getuid() === 0 ? 'user root;' : ''}
daemon off; worker_processes 1; pid ${root}/pid; error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off; types {} root ${root}; etag off; if_modified_since off; server_tokens off;
  sendfile on; tcp_nopush on; open_file_cache max=100; open_file_cache_valid 600s;
  keepalive_requests 1000000000; keepalive_timeout 600s;
  client_body_temp_path ${root}/body; proxy_temp_path ${root}/proxy; fastcgi_temp_path ${root}/fastcgi;
  uwsgi_temp_path ${root}/uwsgi; scgi_temp_path ${root}/scgi;
  ${servers.join('\n')}
}
`;
