import { version } from '../../version.ts';
import { compatibleEdgeVersion } from './identity.ts';

/** Facts about the build under the names that the original uses (specification 13). */
export function buildInfo(): Readonly<Record<string, string>> {
  const [major = '', minor = '', patch = ''] = compatibleEdgeVersion.split('+', 1)[0]?.split('.') ?? [];
  const { bun, node } = process.versions;
  return {
    package_version: compatibleEdgeVersion,
    app_name: 'unleash-edge',
    git_commit_date: '',
    package_major: major,
    package_minor: minor,
    package_patch: patch,
    package_version_pre: '',
    branch: '',
    tag: `halyard-${version}`,
    rust_version: bun === undefined ? `node ${node}` : `bun ${bun}`,
    rust_channel: '',
    short_commit_hash: '',
    full_commit_hash: '',
    build_os: process.platform,
    build_target: `${process.arch}-${process.platform}`,
  };
}
