// A fast wrong answer is worth nothing: before any load, every subject must give the answers of the original.
import { send } from '../lib/http.mjs';

const users = Array.from({ length: 20 }, (_, i) => [`user-${i * 7919}`, `session-${i * 104729}`]);

/** Throws when two subjects answer differently for one of twenty users. */
export async function compareAnswers(suite, started, document) {
  // Flags that draw lots anew for each request differ by design.
  const random = new Set(document.features.filter(drawsLots).map(({ name }) => name));
  for (const [user, session] of users) {
    let expected;
    for (const { subject, port } of started) {
      const answer = await send(`http://127.0.0.1:${port}${suite.pathForUser(user, session)}`, {
        headers: suite.probe.headers,
      });
      if (answer.status !== 200) throw new Error(`${subject.id} answered ${answer.status} for ${user}`);
      const { toggles } = JSON.parse(answer.body.toString());
      const text = JSON.stringify(toggles.filter(({ name }) => !random.has(name)));
      expected ??= { text, by: subject.id };
      if (text !== expected.text) throw new Error(`${subject.id} and ${expected.by} answer differently for ${user}`);
    }
  }
}

const drawsLots = ({ strategies }) => strategies.some(({ parameters }) => parameters?.stickiness === 'random');
