import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { verdictAt } from './calendar.mjs';
import { answer, clusterFrom, ownName } from './cluster.mjs';
import { isSigned } from './signature.mjs';

/**
 * A change calendar that takes part in approvals: it gets signed events, and where it is asked, it answers by its own
 * service account. What it answers with: 2xx takes an event, 401 and 400 refuse it for good, 503 asks for it once more.
 */

const { PORT = '8080', SECRETS_FILE = '/etc/webhook/secrets', CALENDAR_FILE = 'calendar.json' } = process.env;
const cluster = clusterFrom(process.env);

const server = createServer((request, response) => {
  void handle(request)
    .catch((error) => {
      process.stderr.write(`${String(error)}\n`);
      return 503;
    })
    .then((status) => response.writeHead(status).end());
});
server.listen(Number(PORT), () => process.stdout.write(`listening on ${server.address().port}\n`));
process.on('SIGTERM', () => server.close());

async function handle(request) {
  if (request.method !== 'POST' || request.url !== '/events') return 404;
  const body = await buffer(request);
  const secrets = (await readFile(SECRETS_FILE, 'utf8')).split(/\s+/).filter((line) => line !== '');
  if (!isSigned({ headers: request.headers, body }, secrets, Date.now())) return 401;
  // Only now is it worth reading.
  const { type, data } = JSON.parse(body.toString());
  const username = await ownName(cluster);
  if (type !== 'approval.requested' || !isAsked(data, username)) return 204;
  const windows = JSON.parse(await readFile(CALENDAR_FILE, 'utf8'));
  const verdict = verdictAt(windows, Date.now());
  await answer(cluster, { task: data, username, verdict });
  process.stdout.write(`${data.namespace}/${data.name}: ${verdict.decision}\n`);
  return 204;
}

/** A list that is not whole may name us, too. An answer that nobody asked for does not count, and does no harm. */
function isAsked({ approvers, truncated = [] }, username) {
  return approvers.includes(username) || truncated.includes('approvers');
}
