use postgres::{Client, Error, Transaction};

/// Runs `work` in a transaction of the user whom the token names; without a token, of nobody.
pub fn as_user<T>(
    client: &mut Client,
    token: Option<&str>,
    work: impl FnOnce(&mut Transaction) -> Result<T, Error>,
) -> Result<T, Error> {
    // Dropped before its commit, a transaction is rolled back.
    let mut transaction = client.transaction()?;
    transaction.execute("select clerk_rls.authenticate($1, 'authenticated')", &[&token])?;
    let result = work(&mut transaction)?;
    transaction.commit()?;
    Ok(result)
}
