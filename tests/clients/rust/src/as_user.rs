use postgres::{Client, Error, Transaction};

/// Runs `work` in a transaction as the user of the token. Without a token, nobody is signed in.
pub fn as_user<T>(
    client: &mut Client,
    token: Option<&str>,
    work: impl FnOnce(&mut Transaction) -> Result<T, Error>,
) -> Result<T, Error> {
    // A transaction that is dropped before its commit is rolled back.
    let mut transaction = client.transaction()?;
    transaction.execute("select clerk_rls.authenticate($1, 'authenticated')", &[&token])?;
    let result = work(&mut transaction)?;
    transaction.commit()?;
    Ok(result)
}
