// What can be measured. A target is `{name, urls, own, servers, stop}`: the gateways' addresses, its own processes and
// the servers that it runs on (each with `name` and `pid`), and how to end it all.

import { Cluster } from '../../e2e/harness/cluster/index.mjs';
import { testSettings } from '../../e2e/harness/natter.mjs';
import { StandaloneServer } from '../../e2e/harness/standalone.mjs';
import { MONGO_CACHE_GB, startPeer } from './peer.mjs';

/** Tokens that outlast a run, beside the tests' settings: a load test wants no limits, either. */
const LONG_TOKENS = { NATTER_AUTH__ACCESS_TOKEN_TTL: '12h' };

async function standalone() {
  const server = await StandaloneServer.start({ env: LONG_TOKENS });
  return { name: 'standalone', urls: [server.url()], own: [server], servers: [], stop: () => server.stop() };
}

/** One of each service but for gateways; no balancer, as the peer has none. */
async function cluster({ gateways = 1 } = {}) {
  const started = await Cluster.start({
    gateways, messageServices: 1, presenceServices: 1, mediaServices: 1, mongoCacheGb: MONGO_CACHE_GB, env: testSettings(LONG_TOKENS),
  });
  const { services, servers } = started;
  return { name: 'cluster', urls: started.gateways.map(({ url }) => url), own: services, servers, stop: () => started.stop() };
}

export const TARGETS = { standalone, cluster, peer: startPeer };
