pub fn run(_seconds: u64, _provider: &str) -> crate::Result<()> {
    Ok(())
}
