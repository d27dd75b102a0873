import pg from 'pg';

const pool = new pg.Pool(); // of the role app

// Runs work(client) in a transaction of the user whom the token names; without a token, of nobody.
export async function asUser(token, work) {
    const client = await pool.connect();
    try {
        await client.query('begin');
        await client.query('select clerk_rls.authenticate($1)', [token]);
        await client.query('set local role authenticated');
        const result = await work(client);
        await client.query('commit');
        return result;
    } catch (error) {
        await client.query('rollback');
        throw error;
    } finally {
        client.release();
    }
}
