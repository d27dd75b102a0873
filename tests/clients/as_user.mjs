import pg from 'pg';

const pool = new pg.Pool(); // connects as the role app
// Without this listener, the loss of an idle connection would end the process.
pool.on('error', (error) => console.error('lost an idle connection:', error.message));

// Runs work(client) in a transaction as the user of the token. Without a token, nobody is signed in.
export async function asUser(token, work) {
    const client = await pool.connect();
    let lost; // the error by which the connection was lost
    const onError = (error) => (lost ??= error);
    client.on('error', onError);
    try {
        await client.query('begin');
        await client.query("select clerk_rls.authenticate($1, 'authenticated')", [token]);
        const result = await work(client);
        await client.query('commit');
        return result;
    } catch (error) {
        if (lost) error.cause ??= lost; // the error of a query on a lost connection does not say why it was lost
        await client.query('rollback').catch(onError); // this may fail too; the first error is the one to report
        throw error;
    } finally {
        client.off('error', onError);
        client.release(lost);
    }
}
