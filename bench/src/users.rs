//! The users of the benchmark: owners of rows, and the subjects of claims and tokens.

use postgres::Client;

use crate::claims::{session_token, ClaimsSize};
use crate::error::Result;

/// The columns of a row, as SQL expressions of the number of its owner.
pub const USER_ID: &str = "'user_' || left(md5('user ' || owner), 27)";
pub const ORG_ID: &str = "'org_' || left(md5('organization ' || owner % 500), 27)";
pub const OWNER_UUID: &str = "md5('uuid ' || owner)::uuid";

#[derive(Clone)]
pub struct User {
    pub number: u32,
    pub subject: String,
    pub organization: String,
    /// The value of the uuid column in this user's rows.
    pub owner_uuid: String,
}

impl User {
    pub fn claims(&self, size: ClaimsSize) -> String {
        session_token(size, &self.subject, &self.organization)
    }

    /// A user with a Clerk ID. The uuid is the one that `requesting_user_uuid()` returns.
    pub fn with_clerk_id(client: &mut Client, number: u32) -> Result<Self> {
        let mut user = Self::numbered(client, number)?;
        let claims = user.claims(ClaimsSize::Small);
        let mut transaction = client.transaction()?;
        transaction.execute("select set_config('request.jwt.claims', $1, true)", &[&claims])?;
        let uuid: Option<String> = transaction
            .query_one("select requesting_user_uuid()::text", &[])?
            .get(0);
        transaction.rollback()?;
        user.owner_uuid = uuid.ok_or("requesting_user_uuid() is NULL for a signed-in user")?;
        Ok(user)
    }

    /// A user whose subject is the uuid.
    pub fn with_uuid(client: &mut Client, number: u32) -> Result<Self> {
        let mut user = Self::numbered(client, number)?;
        user.subject = user.owner_uuid.clone();
        Ok(user)
    }

    fn numbered(client: &mut Client, number: u32) -> Result<Self> {
        let row = client.query_one(
            &format!(
                "select {USER_ID}, {ORG_ID}, ({OWNER_UUID})::text from (select $1::bigint as owner) numbered"
            ),
            &[&i64::from(number)],
        )?;
        Ok(Self {
            number,
            subject: row.get(0),
            organization: row.get(1),
            owner_uuid: row.get(2),
        })
    }
}
