//! Values that were handed to the executor, and how long they live.
//!
//! A reader returns a pointer into this memory and never a copy: a copy for each row costs a third of
//! a sequential scan. The executor keeps such pointers: the key of an index scan is computed once and
//! compared with every row that follows. So a value that is replaced is only *retired*, and freed when
//! the top-level transaction ends.
//!
//! The end of a transaction inside a procedure does not free anything: the procedure goes on, and its
//! arguments were not copied. A portal is running then, and the next end outside of one frees.

use std::cell::RefCell;

use pgrx::pg_sys;

/// A value in memory that outlives the query.
#[derive(Clone, Copy, Debug)]
pub struct Value {
    start: *mut u8,
    length: usize,
}

thread_local! {
    static RETIRED: RefCell<Vec<Value>> = const { RefCell::new(Vec::new()) };
    static HOME: RefCell<Option<pg_sys::MemoryContext>> = const { RefCell::new(None) };
}

impl Value {
    /// Copies a whole datum (for a varlena: its header included) to where it outlives the query.
    pub fn keep(image: &[u8]) -> Self {
        let length = image.len();
        // SAFETY: palloc returns `length` writable, maximally aligned bytes or raises an error, and
        // fresh memory does not overlap `image`.
        let start = unsafe {
            let start = pg_sys::MemoryContextAlloc(home(), length).cast::<u8>();
            std::ptr::copy_nonoverlapping(image.as_ptr(), start, length);
            start
        };
        Self { start, length }
    }

    /// The same value when it already holds `image`, else a new one in its place.
    pub fn replaced_by(self, image: &[u8]) -> Self {
        if self.image() == image {
            return self;
        }
        let value = Self::keep(image);
        self.retire();
        value
    }

    /// Gives the value up: it lives on to the end of the transaction, and no longer.
    pub fn retire(self) {
        RETIRED.with_borrow_mut(|retired| retired.push(self));
    }

    /// The address, as a datum that is passed by reference has it.
    pub fn start(self) -> *mut u8 {
        self.start
    }

    fn image(&self) -> &[u8] {
        // SAFETY: `keep` made `start` valid for `length` bytes; nothing writes there again, and a
        // value is freed only after it was retired by value.
        unsafe { std::slice::from_raw_parts(self.start, self.length) }
    }
}

fn home() -> pg_sys::MemoryContext {
    HOME.with_borrow_mut(|home| {
        *home.get_or_insert_with(|| {
            // SAFETY: TopMemoryContext exists as long as the process.
            unsafe {
                pg_sys::AllocSetContextCreateExtended(
                    pg_sys::TopMemoryContext,
                    c"clerk_rls values".as_ptr(),
                    pg_sys::ALLOCSET_SMALL_MINSIZE as usize,
                    pg_sys::ALLOCSET_SMALL_INITSIZE as usize,
                    pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
                )
            }
        })
    })
}

/// Frees what was retired. The executor that may hold a pointer must be gone.
pub fn free_retired() {
    RETIRED.with_borrow_mut(|retired| {
        for value in retired.drain(..) {
            // SAFETY: `keep` allocated it and `retire` took the last owner.
            unsafe { pg_sys::pfree(value.start.cast()) };
        }
        retired.shrink_to(64);
    });
}
