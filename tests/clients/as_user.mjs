import pg from 'pg';

const pool = new pg.Pool(); // of the role app
// Without this listener, losing an idle connection would end the process.
pool.on('error', (error) => console.error('lost an idle connection:', error.message));

// Runs work(client) in a transaction of the user whom the token names; without a token, of nobody.
export async function asUser(token, work) {
    const client = await pool.connect();
    let lost; // the reason not to use this connection again
    const onError = (error) => (lost ??= error);
    client.on('error', onError);
    try {
        await client.query('begin');
        await client.query("select clerk_rls.authenticate($1, 'authenticated')", [token]);
        const result = await work(client);
        await client.query('commit');
        return result;
    } catch (error) {
        if (lost) error.cause ??= lost; // queries on a lost connection fail without saying why it was lost
        await client.query('rollback').catch(onError); // may fail too, but the first error is the one to report
        throw error;
    } finally {
        client.off('error', onError);
        client.release(lost);
    }
}
