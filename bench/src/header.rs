//! The first lines of the output: versions, processor, sizes.

use std::fs;

use crate::claims::ClaimsSize;
use crate::error::Result;
use crate::fixture::Fixture;
use crate::options::Options;

pub fn print(fixture: &Fixture, options: &Options) -> Result<()> {
    let mut client = fixture.server.connect("")?;
    let row = client.query_one(
        "select current_setting('server_version'), current_setting('shared_buffers'), \
         current_setting('shared_preload_libraries'), current_setting('debug_assertions'), \
         (select extversion from pg_extension where extname = 'clerk_rls'), \
         pg_table_size('documents') * 4 > setting::bigint * 8192 \
         from pg_settings where name = 'shared_buffers'",
        &[],
    )?;
    let preloaded: &str = row.get(2);
    let [small, large] = ClaimsSize::BOTH.map(|size| fixture.clerk_users[0].claims(size).len());
    println!(
        "clerk_rls {} on PostgreSQL {}, {}; {} rows of {} users, {} rounds; claims of {small} and {large} bytes; \
         shared_buffers {}, shared_preload_libraries {}.\n",
        row.get::<_, &str>(4),
        row.get::<_, &str>(0),
        processor()?,
        options.rows,
        options.users,
        options.rounds,
        row.get::<_, &str>(1),
        if preloaded.is_empty() { "empty" } else { preloaded },
    );
    if row.get::<_, &str>(3) == "on" {
        println!("The server was built with assertions, so these figures do not apply to a release build.\n");
    }
    if row.get::<_, bool>(5) {
        println!(
            "The table is larger than a quarter of shared_buffers, so scans read it from the kernel's cache. \
             With more shared_buffers, the baselines are faster and the ratios higher.\n"
        );
    }
    Ok(())
}

fn processor() -> Result<String> {
    let text = fs::read_to_string("/proc/cpuinfo")?;
    let model = text
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map(|rest| rest.trim_start_matches([' ', '\t', ':']).to_owned());
    let count = text.lines().filter(|line| line.starts_with("processor")).count();
    Ok(format!(
        "{count} × {}",
        model.unwrap_or_else(|| "unknown processor".to_owned())
    ))
}
