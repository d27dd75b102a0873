//! Required and optional arguments; their names appear in error messages.

use std::borrow::Cow;
use std::ffi::CString;

use crate::entry::arguments::{Arguments, TextArgument};
use crate::error::Error;

/// An argument with SQL or a search_path, in the database encoding.
pub fn statement(arguments: Arguments, index: usize, name: &'static str) -> Result<CString, Error> {
    let bytes = arguments.text_bytes(index);
    bytes
        .and_then(|bytes| CString::new(bytes).ok())
        .ok_or(Error::Argument(name))
}

pub fn required<'call>(argument: TextArgument<'call>, name: &'static str) -> Result<Cow<'call, str>, Error> {
    optional(argument, name)?.ok_or(Error::Argument(name))
}

pub fn optional<'call>(
    argument: TextArgument<'call>,
    name: &'static str,
) -> Result<Option<Cow<'call, str>>, Error> {
    match argument {
        TextArgument::Null => Ok(None),
        TextArgument::Text(text) => Ok(Some(text)),
        TextArgument::Inexpressible => Err(Error::Argument(name)),
    }
}

pub fn text_list(
    arguments: Arguments,
    index: usize,
    name: &'static str,
) -> Result<Option<Vec<String>>, Error> {
    if arguments.is_null(index) {
        return Ok(None);
    }
    let texts = arguments.text_array(index).ok_or(Error::Argument(name))?;
    Ok(Some(texts.into_iter().map(Cow::into_owned).collect()))
}
