//! The value of a constant in a parse tree, from the bytes of its datum.

use super::expression::Kind;
use crate::tree::type_oids::{BOOLEAN, NAME, TEXT, TEXT_ARRAY, UNKNOWN, VARCHAR};
use crate::tree::{Node, Record};

/// The value of a `CONST`.
pub(crate) fn of(record: &Record, text: &str) -> Kind {
    if record.is_true("constisnull") {
        return Kind::Null;
    }
    let bytes = bytes(record.field("constvalue"));
    let known = bytes.and_then(|bytes| match record.number("consttype")? {
        BOOLEAN => Some(Kind::Boolean(*bytes.first()? != 0)),
        TEXT | VARCHAR => Some(Kind::Text(String::from_utf8(content(&bytes)?.to_vec()).ok()?)),
        // Padded with zero bytes.
        NAME => {
            let name = bytes.split(|byte| *byte == 0).next()?;
            Some(Kind::Text(String::from_utf8(name.to_vec()).ok()?))
        }
        // A string that ends with a zero byte.
        UNKNOWN => Some(Kind::Text(
            String::from_utf8(bytes.strip_suffix(&[0])?.to_vec()).ok()?,
        )),
        TEXT_ARRAY => texts(content(&bytes)?).map(Kind::Texts),
        _ => None,
    });
    known.unwrap_or_else(|| {
        let kind = record.atom("consttype").unwrap_or_default();
        let value = text
            .get(record.span.clone())
            .and_then(|text| text.split_once(":constvalue"));
        Kind::Constant(format!("{kind}{}", value.map_or("", |(_, value)| value)))
    })
}

/// The bytes of `5 [ 20 0 0 0 97 ]`: a length, then the bytes as signed characters.
fn bytes(value: &[Node]) -> Option<Vec<u8>> {
    let numbers = value.get(2..value.len().checked_sub(1)?)?;
    let byte = |node: &Node| match node {
        Node::Atom(atom) => atom.parse::<i16>().ok().map(|number| number as u8),
        _ => None,
    };
    numbers.iter().map(byte).collect()
}

/// The content of a varlena that is not compressed and not stored out of line
/// ([`varatt.h`](https://github.com/postgres/postgres/blob/master/src/include/varatt.h)).
fn content(bytes: &[u8]) -> Option<&[u8]> {
    let first = *bytes.first()?;
    let is_short = if cfg!(target_endian = "little") {
        first & 1 == 1
    } else {
        first & 0x80 == 0x80
    };
    if is_short {
        return bytes.get(1..);
    }
    bytes.get(4..)
}

/// The elements of a one-dimensional `text[]`
/// ([`array.h`](https://github.com/postgres/postgres/blob/master/src/include/utils/array.h)): the number of
/// dimensions, the offset of the elements if there is a NULL, the type, the length, the lower bound, the
/// elements.
fn texts(array: &[u8]) -> Option<Vec<String>> {
    let word = |at: usize| Some(u32::from_ne_bytes(array.get(at..at + 4)?.try_into().ok()?));
    match (word(0)?, word(4)?, word(8)?) {
        (0, 0, TEXT) => return Some(Vec::new()),
        (1, 0, TEXT) => {}
        _ => return None,
    }
    let mut texts = Vec::new();
    let mut at = 20;
    for _ in 0..word(12)? {
        // An element is aligned to four bytes, counted from the start of the array with its header.
        let length = match word(at)? {
            header if cfg!(target_endian = "little") => header >> 2,
            header => header & 0x3fff_ffff,
        } as usize;
        texts.push(String::from_utf8(array.get(at + 4..at.checked_add(length)?)?.to_vec()).ok()?);
        at += length.checked_next_multiple_of(4)?;
    }
    Some(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constant(text: &str) -> Kind {
        let node = Node::parse(text).unwrap();
        of(node.record().unwrap(), text)
    }

    #[test]
    fn datums_are_what_they_say() {
        assert_eq!(
            constant("{CONST :consttype 16 :constisnull false :constvalue 1 [ 1 0 0 0 0 0 0 0 ]}"),
            Kind::Boolean(true)
        );
        assert_eq!(
            constant("{CONST :consttype 25 :constisnull true :constvalue <>}"),
            Kind::Null
        );
        if cfg!(target_endian = "little") {
            assert_eq!(
                constant("{CONST :consttype 25 :constisnull false :constvalue 6 [ 24 0 0 0 -61 -92 ]}"),
                Kind::Text("ä".to_owned())
            );
            let array =
                "-96 0 0 0 1 0 0 0 0 0 0 0 25 0 0 0 2 0 0 0 1 0 0 0 20 0 0 0 111 0 0 0 24 0 0 0 105 100 0 0";
            assert_eq!(
                constant(&format!(
                    "{{CONST :consttype 1009 :constisnull false :constvalue 40 [ {array} ]}}"
                )),
                Kind::Texts(vec!["o".to_owned(), "id".to_owned()])
            );
        }
    }

    #[test]
    fn a_datum_that_is_cut_short_is_a_constant_like_any_other() {
        for value in ["<>", "1 [ ]", "3 [ 20 0 0 ]", "4 [ x y z w ]"] {
            let text = format!("{{CONST :consttype 1009 :constisnull false :constvalue {value}}}");
            assert!(matches!(constant(&text), Kind::Constant(_)), "{value}");
        }
    }

    #[test]
    fn constants_of_other_types_differ_where_their_bytes_do() {
        let number = |value: u8| {
            constant(&format!("{{CONST :consttype 23 :constisnull false :location {value} :constvalue 4 [ {value} 0 0 0 ]}}"))
        };
        assert_eq!(number(1), number(1));
        assert_ne!(number(1), number(2));
    }
}
