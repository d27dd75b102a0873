//! Values that readers return to the executor without copying, and their lifetime.
//!
//! Copying the value for each row would cost a third of a sequential scan, so a reader returns a pointer into
//! this memory. The executor keeps such pointers: it computes the key of an index scan once, and compares it
//! with every row that follows. Therefore a value that was *lent* in this way is not freed when it is
//! replaced. It is *retired*, and freed when the top-level transaction ends.
//!
//! The size of retired values is limited; otherwise a loop that changes the claims could use up all memory
//! before its transaction ends. Beyond the limit, no more values are lent in this transaction. Each call then
//! gets a copy in the query's memory, as from any other function, and the original is freed as soon as it is
//! replaced.
//!
//! A transaction that ends inside a procedure frees nothing, because the procedure continues and its
//! arguments were not copied. A portal is then active. The next transaction that ends without an active
//! portal frees the retired values.

use std::cell::Cell;
use std::ptr::{self, NonNull};

use pgrx::pg_sys;

use crate::pg::values::datums;

/// The size of retired values, in bytes, from which on values are copied. About twenty thousand changes of a
/// user ID reach it.
///
/// Current values that were lent before the limit was reached are still retired. A transaction can therefore
/// keep as much again as all current values take: those of the readers in `answers`, and of 64 paths for each
/// form in `claim_paths`.
const MAX_RETIRED_BYTES: usize = 1024 * 1024;

/// A value whose memory outlives the query.
#[derive(Debug)]
pub struct KeptValue {
    header: NonNull<ValueHeader>,
    /// The executor may hold a pointer to the value.
    lent: bool,
}

/// Precedes the datum. Its size is a multiple of the strictest alignment of a datum.
#[derive(Debug)]
#[repr(C, align(8))]
struct ValueHeader {
    /// The value that was retired before this one.
    next: *mut ValueHeader,
    length: usize,
}

/// A pointer to the datum of a value.
#[derive(Clone, Copy)]
pub enum DatumPointer {
    /// The kept datum, which outlives every query and can be returned again until the claims change.
    Kept(*mut u8),
    /// A copy in the query's memory.
    Copied(*mut u8),
}

impl DatumPointer {
    pub const NULL: Self = Self::Kept(ptr::null_mut());
}

struct RetiredValues {
    last: Cell<*mut ValueHeader>,
    bytes: Cell<usize>,
}

thread_local! {
    static RETIRED: RetiredValues = const { RetiredValues { last: Cell::new(ptr::null_mut()), bytes: Cell::new(0) } };
    static HOME: Cell<pg_sys::MemoryContext> = const { Cell::new(ptr::null_mut()) };
}

impl KeptValue {
    /// Copies a complete datum (a varlena with its header) to memory that outlives the query.
    pub fn keep(datum_bytes: &[u8]) -> Self {
        let length = datum_bytes.len();
        // SAFETY: MemoryContextAlloc returns the requested number of writable, maximally aligned bytes or
        // raises an error; new memory does not overlap `datum_bytes`.
        unsafe {
            let start = pg_sys::MemoryContextAlloc(home(), size_of::<ValueHeader>() + length);
            let header = NonNull::new_unchecked(start.cast::<ValueHeader>());
            header.write(ValueHeader {
                next: ptr::null_mut(),
                length,
            });
            let value = Self { header, lent: false };
            ptr::copy_nonoverlapping(datum_bytes.as_ptr(), value.start(), length);
            value
        }
    }

    pub fn holds(&self, datum_bytes: &[u8]) -> bool {
        self.datum_bytes() == datum_bytes
    }

    /// The datum to return to SQL: lent or, beyond the limit, copied.
    pub fn lend_or_copy(&mut self) -> DatumPointer {
        if !self.lent && RETIRED.with(|retired| retired.bytes.get() >= MAX_RETIRED_BYTES) {
            return DatumPointer::Copied(datums::palloc(self.datum_bytes()));
        }
        self.lent = true;
        DatumPointer::Kept(self.start())
    }

    /// Frees the value or, if it was lent, retires it until the end of the transaction.
    pub fn release(self) {
        if !self.lent {
            // SAFETY: `keep` allocated the memory, and its address was never given to anyone.
            unsafe { pg_sys::pfree(self.header.as_ptr().cast()) };
            return;
        }
        RETIRED.with(|retired| {
            // SAFETY: the header belongs to this value, which is consumed here.
            let length = unsafe {
                let header = self.header.as_ptr();
                (*header).next = retired.last.replace(header);
                (*header).length
            };
            let bytes = size_of::<ValueHeader>() + length;
            retired.bytes.set(retired.bytes.get().saturating_add(bytes));
        });
    }

    /// The address of the datum.
    fn start(&self) -> *mut u8 {
        // SAFETY: `keep` allocated the datum after the header.
        unsafe { self.header.add(1).as_ptr().cast() }
    }

    fn datum_bytes(&self) -> &[u8] {
        // SAFETY: `keep` made `length` bytes at `start` valid. Nothing writes to them again, and they are
        // freed only after `release` has consumed the value.
        unsafe { std::slice::from_raw_parts(self.start(), (*self.header.as_ptr()).length) }
    }
}

fn home() -> pg_sys::MemoryContext {
    HOME.with(|home| {
        if home.get().is_null() {
            // SAFETY: TopMemoryContext lives as long as the process.
            home.set(unsafe {
                pg_sys::AllocSetContextCreateExtended(
                    pg_sys::TopMemoryContext,
                    c"clerk_rls values".as_ptr(),
                    pg_sys::ALLOCSET_SMALL_MINSIZE as usize,
                    pg_sys::ALLOCSET_SMALL_INITSIZE as usize,
                    pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
                )
            });
        }
        home.get()
    })
}

/// Frees the retired values. No executor that could hold a pointer to them may be running.
pub fn free_retired() {
    RETIRED.with(|retired| {
        let mut next = retired.last.replace(ptr::null_mut());
        retired.bytes.set(0);
        while !next.is_null() {
            let header = next;
            // SAFETY: `keep` allocated the memory, `release` consumed its only owner, and the list contains
            // each value once.
            unsafe {
                next = (*header).next;
                pg_sys::pfree(header.cast());
            }
        }
    });
}
