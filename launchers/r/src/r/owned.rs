//! Objects that R's collector leaves alone as long as they are owned here.

use super::jump::{Jump, caught};
use super::value::Value;
use savvy_ffi::{
    CAR, CDR, INTEGER, INTSXP, LGLSXP, LOGICAL, R_NilValue, R_PreserveObject, RAW, RAWSXP, REAL,
    REALSXP, Rf_allocVector, Rf_cons, Rf_install, Rf_protect, Rf_setAttrib, Rf_unprotect, SET_TAG,
    SET_VECTOR_ELT, SETCAR, SETCDR, SEXP, SEXPTYPE, STRSXP, VECSXP,
};
use std::ffi::{CStr, c_void};
use std::sync::atomic::{AtomicPtr, Ordering};

/// One object, reachable for the collector until this is dropped.
pub struct Owned {
    object: SEXP,
    /// Its cell in the list of all that are owned: CAR is the cell before, CDR the one after, TAG
    /// the object. A list and not R's protection stack, because owners end in any order.
    cell: SEXP,
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: the cell is in the list; these allocate nothing and so cannot jump.
        unsafe {
            let (before, after) = (CAR(self.cell), CDR(self.cell));
            SETCDR(before, after);
            if after != R_NilValue {
                SETCAR(after, before);
            }
        }
    }
}

impl Owned {
    /// Owns what `make` returns; `make` must own nothing that wants to be dropped.
    pub(super) fn made(make: impl FnOnce() -> SEXP) -> Result<Self, Jump> {
        caught(|| {
            // SAFETY: protected until the list holds it.
            unsafe {
                let object = Rf_protect(make());
                let cell = enlist(object);
                Rf_unprotect(1);
                Owned { object, cell }
            }
        })
    }

    pub fn null() -> Result<Self, Jump> {
        // SAFETY: set by R at its start.
        Owned::made(|| unsafe { R_NilValue })
    }

    /// What somebody else keeps, owned as well.
    pub fn shared(value: Value<'_>) -> Result<Self, Jump> {
        Owned::made(|| value.object())
    }

    pub fn list(length: usize) -> Result<Self, Jump> {
        Owned::vector(VECSXP, length)
    }

    pub fn strings(length: usize) -> Result<Self, Jump> {
        Owned::vector(STRSXP, length)
    }

    /// A vector filled by `fill`, which gets its values, unset.
    pub fn integers(length: usize, fill: impl FnOnce(&mut [i32])) -> Result<Self, Jump> {
        let made = Owned::vector(INTSXP, length)?;
        // SAFETY: a fresh vector of that type and length, which nobody else knows.
        fill(unsafe { slice(INTEGER(made.object), length) });
        Ok(made)
    }

    pub fn logicals(length: usize, fill: impl FnOnce(&mut [i32])) -> Result<Self, Jump> {
        let made = Owned::vector(LGLSXP, length)?;
        // SAFETY: a fresh vector of that type and length, which nobody else knows.
        fill(unsafe { slice(LOGICAL(made.object), length) });
        Ok(made)
    }

    pub fn doubles(length: usize, fill: impl FnOnce(&mut [f64])) -> Result<Self, Jump> {
        let made = Owned::vector(REALSXP, length)?;
        // SAFETY: a fresh vector of that type and length, which nobody else knows.
        fill(unsafe { slice(REAL(made.object), length) });
        Ok(made)
    }

    pub fn raw(bytes: &[u8]) -> Result<Self, Jump> {
        let made = Owned::vector(RAWSXP, bytes.len())?;
        // SAFETY: a fresh vector of that type and length, which nobody else knows.
        unsafe { slice(RAW(made.object), bytes.len()) }.copy_from_slice(bytes);
        Ok(made)
    }

    fn vector(kind: SEXPTYPE, length: usize) -> Result<Self, Jump> {
        let length = length.try_into().unwrap_or(isize::MAX);
        // SAFETY: an ordinary allocation, which jumps if there is no memory.
        Owned::made(|| unsafe { Rf_allocVector(kind, length) })
    }

    /// A list's element, from now on the list's.
    pub fn set(&mut self, index: usize, element: &Owned) {
        assert!(self.kind() == super::Kind::List && index < self.len());
        // SAFETY: a list made here, and the index is in it.
        unsafe { SET_VECTOR_ELT(self.object, index as isize, element.object) };
    }

    pub fn set_attribute(&mut self, name: &CStr, value: &Owned) -> Result<(), Jump> {
        let object = self.object;
        // SAFETY: both are owned; checks of R's own jump.
        caught(|| unsafe {
            Rf_setAttrib(object, Rf_install(name.as_ptr()), value.object);
        })
    }

    pub fn set_class(&mut self, names: &[&str]) -> Result<(), Jump> {
        let names = Owned::texts(names.iter().map(|name| Some(*name)))?;
        self.set_attribute(c"class", &names)
    }

    pub fn value(&self) -> Value<'_> {
        // SAFETY: it lives as long as it is owned.
        unsafe { Value::borrow(self.object) }
    }

    pub(super) fn object(&self) -> SEXP {
        self.object
    }

    fn kind(&self) -> super::Kind {
        self.value().kind()
    }

    fn len(&self) -> usize {
        self.value().len()
    }
}

/// # Safety
/// `start` points to `length` values that nobody else touches.
unsafe fn slice<'a, T>(start: *mut T, length: usize) -> &'a mut [T] {
    if length == 0 {
        // R's pointer to nothing is no valid one.
        return &mut [];
    }
    // SAFETY: the caller's word.
    unsafe { std::slice::from_raw_parts_mut(start, length) }
}

/// Puts an object into the list of all that are owned; returns its cell. May jump.
unsafe fn enlist(object: SEXP) -> SEXP {
    // SAFETY: the caller protects the object; the new cell is in the list before anything else is allocated.
    unsafe {
        let head = head();
        let cell = Rf_cons(head, CDR(head));
        SET_TAG(cell, object);
        SETCDR(head, cell);
        let after = CDR(cell);
        if after != R_NilValue {
            SETCAR(after, cell);
        }
        cell
    }
}

fn head() -> SEXP {
    static HEAD: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());
    let known = HEAD.load(Ordering::Relaxed);
    if !known.is_null() {
        return known;
    }
    // SAFETY: called by R's thread, within `caught`.
    let made = unsafe {
        let made = Rf_cons(R_NilValue, R_NilValue);
        R_PreserveObject(made);
        made
    };
    HEAD.store(made, Ordering::Relaxed);
    made
}

/// How many objects are owned now.
#[cfg(debug_assertions)]
pub(super) fn owned_cells() -> usize {
    // SAFETY: the list's own cells, of which none is allocated here but maybe the first.
    unsafe {
        let mut cell = CDR(head());
        let mut count = 0;
        while cell != R_NilValue {
            count += 1;
            cell = CDR(cell);
        }
        count
    }
}
