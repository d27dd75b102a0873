//! Values that were handed to the executor, and how long they live.
//!
//! A reader returns a pointer into this memory and not a copy: a copy for each row costs a third of a
//! sequential scan. The executor keeps such pointers: the key of an index scan is computed once and
//! compared with every row that follows. So a value that was *lent* in this way and is replaced is only
//! retired, and freed when the top-level transaction ends.
//!
//! What is retired has a limit, or a loop that changes the claims would take all memory before its
//! transaction ends. Beyond it nothing more is lent in this transaction: each call gets a copy in the memory
//! of the query, as from any other function, and the original is freed as soon as it is replaced.
//!
//! The end of a transaction inside a procedure does not free anything: the procedure goes on, and its
//! arguments were not copied. A portal is running then, and the next end outside of one frees.

use std::cell::Cell;
use std::ptr::{self, NonNull};

use pgrx::pg_sys;

use crate::pg::values::datums;

/// Bytes of retired values from which on values are copied. Twenty thousand changes of a user ID reach it.
///
/// What is current is lent already and retired all the same, so a transaction can keep as much again as all
/// current values have: those of `answers::Field`, and the 64 paths of each form in `claim_paths`.
const MAX_RETIRED_BYTES: usize = 1024 * 1024;

/// A value in memory that outlives the query.
#[derive(Debug)]
pub struct KeptValue {
    header: NonNull<ValueHeader>,
    /// Somebody may hold a pointer to it.
    lent: bool,
}

/// What stands before the datum. Its size is a multiple of the greatest alignment that a datum needs.
#[derive(Debug)]
#[repr(C, align(8))]
struct ValueHeader {
    /// The value that was retired before.
    next: *mut ValueHeader,
    length: usize,
}

/// The datum of a value.
#[derive(Clone, Copy)]
pub enum DatumPointer {
    /// As it is kept: to be given again until the claims change, and valid longer than any query.
    Kept(*mut u8),
    /// A copy in the memory of the query.
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
    /// Copies a whole datum (for a varlena: its header included) to where it outlives the query.
    pub fn keep(datum_bytes: &[u8]) -> Self {
        let length = datum_bytes.len();
        // SAFETY: palloc returns as many writable, maximally aligned bytes as asked for or raises an error,
        // and fresh memory does not overlap `datum_bytes`.
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

    /// The datum for a caller of SQL.
    pub fn lend_or_copy(&mut self) -> DatumPointer {
        if !self.lent && RETIRED.with(|retired| retired.bytes.get() >= MAX_RETIRED_BYTES) {
            return DatumPointer::Copied(datums::palloc(self.datum_bytes()));
        }
        self.lent = true;
        DatumPointer::Kept(self.start())
    }

    /// Gives the value up. It lives on to the end of the transaction if somebody may have a pointer to it.
    pub fn release(self) {
        if !self.lent {
            // SAFETY: `keep` allocated it, and nobody else has had its address.
            unsafe { pg_sys::pfree(self.header.as_ptr().cast()) };
            return;
        }
        RETIRED.with(|retired| {
            // SAFETY: the header is this value's, which is at its end.
            let length = unsafe {
                let header = self.header.as_ptr();
                (*header).next = retired.last.replace(header);
                (*header).length
            };
            let bytes = size_of::<ValueHeader>() + length;
            retired.bytes.set(retired.bytes.get().saturating_add(bytes));
        });
    }

    /// The address, as a datum that is passed by reference has it.
    fn start(&self) -> *mut u8 {
        // SAFETY: `keep` has allocated the datum behind the header.
        unsafe { self.header.add(1).as_ptr().cast() }
    }

    fn datum_bytes(&self) -> &[u8] {
        // SAFETY: `keep` made `start` valid for `length` bytes; nothing writes there again, and a value is
        // freed only when it was given up, by value.
        unsafe { std::slice::from_raw_parts(self.start(), (*self.header.as_ptr()).length) }
    }
}

fn home() -> pg_sys::MemoryContext {
    HOME.with(|home| {
        if home.get().is_null() {
            // SAFETY: TopMemoryContext exists as long as the process.
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

/// Frees what was retired. The executor that may hold a pointer must be gone.
pub fn free_retired() {
    RETIRED.with(|retired| {
        let mut next = retired.last.replace(ptr::null_mut());
        retired.bytes.set(0);
        while !next.is_null() {
            let header = next;
            // SAFETY: `keep` allocated it and `release` took the last owner; the list names each value once.
            unsafe {
                next = (*header).next;
                pg_sys::pfree(header.cast());
            }
        }
    });
}
