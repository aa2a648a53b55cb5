/** What waits for a minute and does little else. It is one file, so that all of it waits at the same time. */
import '../flagsmith/lost-streams.ts';
import './timeouts.ts';
import './vanishing.ts';
