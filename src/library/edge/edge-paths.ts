import { normalisePath } from '../../unleash/edge/api/paths.ts';

const roots = ['/api', '/edge', '/internal-backstage', '/api-doc', '/swagger-ui'];

/**
 * Tells Edge's paths from those of other systems on the same port. Edge itself merges slashes, so this does, too.
 *
 * @param withProxy true where Edge answers below `/proxy`, too
 */
export function ownsEdgePath(basePath: string, withProxy = false): (path: string) => boolean {
  const exact = (withProxy ? [...roots, '/proxy'] : roots).map((root) => basePath + root);
  const below = exact.map((root) => `${root}/`);
  return (path) => {
    const normal = path.includes('//') ? normalisePath(path) : path;
    for (let i = 0; i < exact.length; i++) {
      if (normal.startsWith(below[i] as string) || normal === exact[i]) return true;
    }
    return false;
  };
}
