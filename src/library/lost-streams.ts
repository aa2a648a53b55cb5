import { logEvents } from '../flags/events/catalogue.ts';
import { type Told, tell } from '../flags/events/tell.ts';
import type { LostPeers } from '../http/hosts/peer-watch.ts';
import { processPeers } from '../http/hosts/process-peers.ts';
import type { Listening } from '../http/hosts/types.ts';
import type { ValueFamily } from '../operations/edge-prometheus.ts';
import { ownFamily } from '../operations/metrics/own-family.ts';

/** Says, for as long as a server listens, how many streams were ended because nobody was behind them any more. */
export function tellingOfLostStreams<Server extends Pick<Listening, 'close'>>(server: Server, logger: Told): Server {
  return whileListening(server, (lost) => tell(logger, logEvents.streamsLost, lostStreamsText(lost)));
}

/** The same for loggers of another kind. */
export function whileListening<Server extends Pick<Listening, 'close'>>(
  server: Server,
  onLost: (lost: LostPeers) => void,
): Server {
  const stop = processPeers.onLost(onLost);
  return {
    ...server,
    close(graceMs: number) {
      stop();
      return server.close(graceMs);
    },
  };
}

/** Counts since the start of this process, which all its modes share. */
export function lostStreamsFamily(): ValueFamily {
  return ownFamily('halyard_streams_lost_total', () => {
    const { vanished, stalled } = processPeers.totals;
    return [
      [{ reason: 'vanished' }, vanished],
      [{ reason: 'stalled' }, stalled],
    ];
  });
}

function lostStreamsText({ vanished, stalled }: LostPeers): string {
  const parts = [
    ...(vanished > 0 ? [`${vanished} whose clients have vanished`] : []),
    ...(stalled > 0 ? [`${stalled} whose clients take nothing`] : []),
  ];
  return `Streams were ended: ${parts.join(', ')}`;
}
