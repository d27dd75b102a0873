// Uses node-postgres like the server of an application. Prints TAP without numbers; exits with 1 if a test has failed.
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import pg from 'pg';
import { asUser } from './as_user.mjs';

const { TOKEN_RED: red, TOKEN_BLUE: blue, TOKEN_EXPIRED: expired, TOKEN_ED25519: ed25519 } = process.env;

const tasks = async (client) => (await client.query('select name from tasks order by name')).rows.map((row) => row.name);
const session = async (client) =>
    (await client.query('select pg_backend_pid() as pid, w.user_id, w.source, w.database_role from clerk_rls.whoami() as w')).rows[0];

const administrator = new pg.Client({ user: 'postgres' });
await administrator.connect();

// Ends the session of a client, like a restart or a failover of the server.
async function terminate(pid) {
    const { rows } = await administrator.query('select pg_terminate_backend($1, 10000) as terminated', [pid]);
    assert.equal(rows[0].terminated, true);
    await setImmediate(); // lets this process receive the message
}
const terminated = { code: '57P01', message: 'terminating connection due to administrator command' };

// More requests at once than the pool has connections, so that every connection is used.
async function everyConnectionServes(lost) {
    const tokens = Array.from({ length: 40 }, (_, number) => (number % 2 ? blue : red));
    const sessions = await Promise.all(tokens.map((token) => asUser(token, session)));
    assert.deepEqual(sessions.map(({ user_id }) => user_id), tokens.map((token) => (token === red ? 'user_red' : 'user_blue')));
    assert.ok(sessions.every(({ pid }) => pid !== lost));
}

async function test(name, check) {
    try {
        await check();
        console.log(`ok - ${name}`);
    } catch (error) {
        console.log(`not ok - ${name}\n${error.stack}`);
        process.exitCode = 1;
    }
}

await test('two users see their own rows', async () => {
    assert.deepEqual(await asUser(red, tasks), ['Buy red paint']);
    assert.deepEqual(await asUser(blue, tasks), ['Buy blue paint']);
});

await test('the same user of another issuer is another user', async () => {
    assert.deepEqual(await asUser(ed25519, tasks), ['Buy a frame']);
});

await test('without a token no row is visible', async () => {
    assert.deepEqual(await asUser(null, tasks), []);
});

await test('an expired token is refused, the error does not contain it, and the connection serves the next request', async () => {
    const { pid } = await asUser(red, session);
    await assert.rejects(asUser(expired, tasks), (error) => {
        assert.deepEqual([error.code, error.message], ['28000', 'JWT has expired']);
        assert.ok(!inspect(error, { depth: null, showHidden: true }).includes(expired));
        return true;
    });
    assert.deepEqual(await asUser(red, tasks), ['Buy red paint']);
    assert.equal((await asUser(red, session)).pid, pid);
});

await test('claims that a request sets have no effect', async () => {
    const forged = async (client) => {
        await client.query(`set local request.jwt.claims = '{"sub":"user_blue"}'`);
        return tasks(client);
    };
    assert.deepEqual(await asUser(red, forged), ['Buy red paint']);
    assert.deepEqual(await asUser(null, forged), []);
});

await test('after COMMIT nobody is signed in and the role is the one of the pool again', async () => {
    let kept;
    const during = await asUser(red, async (client) => session((kept = client)));
    assert.deepEqual(during, { pid: during.pid, user_id: 'user_red', source: 'verified_token', database_role: 'authenticated' });
    assert.deepEqual(await session(kept), { pid: during.pid, user_id: null, source: 'verified_token', database_role: 'app' });
});

await test('each of 40 simultaneous requests sees only the rows of its user', async () => {
    const tokens = Array.from({ length: 40 }, (_, number) => (number % 2 ? blue : red));
    const seen = await Promise.all(tokens.map((token) => asUser(token, tasks)));
    assert.deepEqual(seen, tokens.map((token) => [token === red ? 'Buy red paint' : 'Buy blue paint']));
});

await test('a connection that is terminated while idle in the pool is replaced', async () => {
    const { pid } = await asUser(red, session);
    await terminate(pid);
    await everyConnectionServes(pid);
});

await test('a connection that is terminated while idle in a transaction fails that request, with the cause', async () => {
    let pid;
    const request = asUser(red, async (client) => {
        ({ pid } = await session(client));
        await terminate(pid);
        return tasks(client);
    });
    await assert.rejects(request, (error) => {
        assert.match(error.message, /not queryable/);
        assert.equal(error.cause.code, terminated.code);
        return true;
    });
    await everyConnectionServes(pid);
});

await test('a connection that is terminated during a query fails that request, with the cause', async () => {
    let pid;
    const request = asUser(red, async (client) => {
        ({ pid } = await session(client));
        await Promise.all([client.query('select pg_sleep(60)'), terminate(pid)]);
    });
    await assert.rejects(request, terminated);
    await everyConnectionServes(pid);
});

const losses = {
    terminated: (client, pid) => terminate(pid),
    closed: (client) => client.end(),
    unreachable: (client) => (client.query = () => Promise.reject(new Error('Query read timeout'))),
};
for (const [how, lose] of Object.entries(losses)) {
    await test(`the error of a request is reported although ROLLBACK fails on a connection that is ${how}`, async () => {
        let pid;
        const request = asUser(red, async (client) => {
            ({ pid } = await session(client));
            await lose(client, pid);
            throw new RangeError('out of paint');
        });
        await assert.rejects(request, { name: 'RangeError', message: 'out of paint' });
        await everyConnectionServes(pid);
    });
}

await test('a request leaves no listener on its connection', async () => {
    const count = () => asUser(red, (client) => client.listenerCount('error'));
    assert.equal(await count(), await count());
});

// The idle connections of the pool would keep the process running for a while.
process.exit();
