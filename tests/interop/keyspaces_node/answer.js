// AWS's plugin for Node's cassandra-driver: JSON Lines in on standard input, JSON Lines out, one for each line in. Each answer
// comes within a time limit: the plugin never calls back where it finds no credentials.
'use strict';

const fs = require('fs');
const readline = require('readline');
const cassandra = require('cassandra-driver');
const { SigV4AuthProvider } = require('aws-sigv4-auth-cassandra-plugin');
const signature = require('aws-sigv4-auth-cassandra-plugin/lib/sigv4-auth-signature');

const LIMIT = 20000;

const ANSWERS = { login, nonce, sign };

function nonce({ challenge }) {
  const found = SigV4AuthProvider.extractNonce(Buffer.from(challenge));
  // As its authenticator does.
  if (!found) throw new Error('no nonce');
  return { nonce: found };
}

function sign({ timestamp, ...request }) {
  return { reply: signature.computeSigV4SignatureCassandraRequest({ ...request, date: new Date(timestamp) }) };
}

async function login({ port, caFile, user, password, query, prepared, values, ...keys }) {
  const client = new cassandra.Client({
    contactPoints: [`127.0.0.1:${port}`],
    localDataCenter: keys.region,
    authProvider: user ? new cassandra.auth.PlainTextAuthProvider(user, password) : new SigV4AuthProvider(keys),
    sslOptions: caFile && { ca: [fs.readFileSync(caFile)], servername: 'localhost', rejectUnauthorized: true },
    socketOptions: { connectTimeout: LIMIT / 2, readTimeout: LIMIT / 2 },
  });
  try {
    await client.connect();
    const rows = async (cql, params, prepare) =>
      (await client.execute(cql, params, { prepare })).rows.map((row) => row.keyspace_name);
    return { rows: await rows(query), prepared: await rows(prepared, values, true) };
  } finally {
    await client.shutdown().catch(() => {});
  }
}

// The driver's own error says only that no host was available.
function innermost(error) {
  const inner = Object.values(error.innerErrors || {})[0];
  return inner ? innermost(inner) : `${error.name || 'Error'}: ${error.message}`;
}

function limited(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), LIMIT);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let answer;
    try {
      const { what, ...rest } = JSON.parse(line);
      answer = await limited(Promise.resolve(rest).then(ANSWERS[what]));
    } catch (error) {
      answer = { error: innermost(error) };
    }
    fs.writeSync(1, `${JSON.stringify(answer)}\n`);
  }
  process.exit(0);
})();
