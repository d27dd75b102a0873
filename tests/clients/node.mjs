// node-postgres as an application's server uses it. TAP, without numbers; exits with 1 if anything failed.
import assert from 'node:assert/strict';
import { asUser } from './as_user.mjs';

const { TOKEN_RED: red, TOKEN_BLUE: blue, TOKEN_EXPIRED: expired, TOKEN_ED25519: ed25519 } = process.env;

const tasks = async (client) => (await client.query('select name from tasks order by name')).rows.map((row) => row.name);
const session = async (client) =>
    (await client.query('select pg_backend_pid() as pid, w.user_id, w.source, w.database_role from clerk_rls.whoami() as w')).rows[0];

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

await test('a user of an Ed25519 issuer is another person', async () => {
    assert.deepEqual(await asUser(ed25519, tasks), ['Buy a frame']);
});

await test('without a token nobody sees anything', async () => {
    assert.deepEqual(await asUser(null, tasks), []);
});

await test('an expired token is refused, and the connection serves the next request', async () => {
    const { pid } = await asUser(red, session);
    await assert.rejects(asUser(expired, tasks), { code: '28000', message: 'JWT has expired' });
    assert.deepEqual(await asUser(red, tasks), ['Buy red paint']);
    assert.equal((await asUser(red, session)).pid, pid);
});

await test('claims that the request sets change nothing', async () => {
    const forged = async (client) => {
        await client.query(`set local request.jwt.claims = '{"sub":"user_blue"}'`);
        return tasks(client);
    };
    assert.deepEqual(await asUser(red, forged), ['Buy red paint']);
    assert.deepEqual(await asUser(null, forged), []);
});

await test('after COMMIT the connection is anonymous and the role of the pool again', async () => {
    let kept;
    const during = await asUser(red, async (client) => session((kept = client)));
    assert.deepEqual(during, { pid: during.pid, user_id: 'user_red', source: 'verified_token', database_role: 'authenticated' });
    assert.deepEqual(await session(kept), { pid: during.pid, user_id: null, source: 'verified_token', database_role: 'app' });
});

await test('40 requests at once, each sees its own user alone', async () => {
    const tokens = Array.from({ length: 40 }, (_, number) => (number % 2 ? blue : red));
    const seen = await Promise.all(tokens.map((token) => asUser(token, tasks)));
    assert.deepEqual(seen, tokens.map((token) => [token === red ? 'Buy red paint' : 'Buy blue paint']));
});

// The pool keeps idle connections, which would keep the process for a while.
process.exit();
