// Reads a Dockerfile into stages, as far as `scripts/smoke-image.mjs` carries them out. What it does not know is an
// error, so that nothing is left out silently.
import { readFileSync } from 'node:fs';
import { DockerfileParser } from 'dockerfile-ast';

const known = ['COPY', 'RUN', 'WORKDIR', 'ARG', 'ENV', 'LABEL', 'USER', 'EXPOSE', 'HEALTHCHECK', 'ENTRYPOINT'];

/** Stages in order: name, base, and instructions with flags and words. Variables are still in them. */
export function readDockerfile(path) {
  const stages = [];
  for (const instruction of DockerfileParser.parse(readFileSync(path, 'utf8')).getInstructions()) {
    const keyword = instruction.getKeyword();
    const flags = Object.fromEntries((instruction.getFlags?.() ?? []).map((flag) => [flag.getName(), flag.getValue()]));
    if (keyword === 'FROM') {
      stages.push({ name: instruction.getBuildStage(), base: instruction.getImage(), instructions: [] });
    } else if (stages.length > 0) {
      if (!known.includes(keyword)) throw new Error(`The Dockerfile has ${keyword}, which is not carried out here`);
      stages.at(-1).instructions.push({
        keyword,
        flags,
        words: wordsOf(instruction),
        text: instruction.getArgumentsContent() ?? '',
      });
    }
  }
  return stages;
}

/** Words of the shell form, or of the JSON form that some instructions have; of a health check, its command. */
function wordsOf(instruction) {
  const text = instruction.getArgumentsContent() ?? '';
  const json = ['ENTRYPOINT', 'HEALTHCHECK'].includes(instruction.getKeyword()) && /\[.*\]$/s.exec(text);
  return json ? JSON.parse(json[0]) : instruction.getArguments().map((part) => part.getValue());
}

/** The text of a `RUN` as a shell reads it: continued lines joined. */
export function shellText(text) {
  return text.replace(/\\\n/g, ' ');
}

/** True when `.dockerignore` in the form that this repository uses, which names what is let through, leaves out a path. */
export function ignoreRule(path) {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const allowed = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  const endings = lines.filter((line) => line.startsWith('**/*')).map((line) => line.slice('**/*'.length));
  const rest = lines.filter((line) => line !== '*' && !line.startsWith('!') && !line.startsWith('**/*'));
  if (!lines.includes('*') || rest.length > 0)
    throw new Error(`.dockerignore has lines that are not understood: ${rest}`);
  return (file) =>
    !allowed.some((name) => file === name || file.startsWith(`${name}/`)) || endings.some((end) => file.endsWith(end));
}
