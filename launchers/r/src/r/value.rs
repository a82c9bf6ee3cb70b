//! R's objects, looked at.

use super::Strings;
use super::jump::{Jump, caught};
use savvy_ffi::{
    CPLXSXP, INTEGER_RO, INTSXP, LGLSXP, LOGICAL_RO, NILSXP, R_NilValue, RAW_RO, RAWSXP, REAL_RO,
    REALSXP, Rf_getAttrib, Rf_install, Rf_type2char, Rf_xlength, SEXP, STRING_PTR_RO, STRSXP,
    TYPEOF, VECSXP, VECTOR_ELT,
};
use std::ffi::{CStr, c_char, c_int};
use std::marker::PhantomData;

unsafe extern "C" {
    // Declared in Rinternals.h, missing in savvy-ffi.
    fn Rf_inherits(object: SEXP, class: *const c_char) -> c_int;
}

/// An object that somebody else keeps alive for `'a`.
#[derive(Clone, Copy)]
pub struct Value<'a>(SEXP, PhantomData<&'a ()>);

/// What an object is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Null,
    Logical,
    Integer,
    Double,
    Complex,
    Character,
    List,
    Raw,
    /// No vector of data: a function, an environment and so on.
    Other,
}

impl<'a> Value<'a> {
    /// # Safety
    /// `object` is R's and reachable for its collector during `'a`.
    pub(super) unsafe fn borrow(object: SEXP) -> Self {
        Value(object, PhantomData)
    }

    pub(super) fn object(self) -> SEXP {
        self.0
    }

    pub fn kind(self) -> Kind {
        // SAFETY: a live object.
        match unsafe { TYPEOF(self.0) } {
            NILSXP => Kind::Null,
            LGLSXP => Kind::Logical,
            INTSXP => Kind::Integer,
            REALSXP => Kind::Double,
            CPLXSXP => Kind::Complex,
            STRSXP => Kind::Character,
            VECSXP => Kind::List,
            RAWSXP => Kind::Raw,
            _ => Kind::Other,
        }
    }

    /// Its type as `typeof()` names it.
    pub fn type_name(self) -> String {
        // SAFETY: a live object; the names are constants.
        let name = unsafe { CStr::from_ptr(Rf_type2char(TYPEOF(self.0))) };
        name.to_string_lossy().into_owned()
    }

    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// Whether both are the very same object.
    pub fn is(self, other: Value<'_>) -> bool {
        self.0 == other.0
    }

    /// 0 for what is no vector.
    pub fn len(self) -> usize {
        match self.kind() {
            Kind::Null | Kind::Other => 0,
            // SAFETY: a live vector.
            _ => unsafe { Rf_xlength(self.0) as usize },
        }
    }

    pub fn inherits(self, class: &CStr) -> bool {
        // SAFETY: a live object and a NUL-terminated name.
        unsafe { Rf_inherits(self.0, class.as_ptr()) != 0 }
    }

    pub fn attribute(self, name: &CStr) -> Result<Value<'a>, Jump> {
        // SAFETY: a live object. The attribute lives as long as it: row names, which alone are made when
        // they are asked for, are not asked for.
        caught(|| unsafe { Value::borrow(Rf_getAttrib(self.0, Rf_install(name.as_ptr()))) })
    }

    /// The names of its elements; empty if it has none.
    pub fn names(self) -> Result<Strings<'a>, Jump> {
        let names = self.attribute(c"names")?;
        if names.kind() == Kind::Character {
            names.strings()
        } else {
            Ok(Strings(&[]))
        }
    }

    pub fn integers(self) -> Result<&'a [i32], Jump> {
        assert!(self.kind() == Kind::Integer);
        // SAFETY: an integer vector; those that are computed on demand allocate here.
        self.values(|object| unsafe { INTEGER_RO(object) })
    }

    pub fn logicals(self) -> Result<&'a [i32], Jump> {
        assert!(self.kind() == Kind::Logical);
        // SAFETY: a logical vector.
        self.values(|object| unsafe { LOGICAL_RO(object) })
    }

    pub fn doubles(self) -> Result<&'a [f64], Jump> {
        assert!(self.kind() == Kind::Double);
        // SAFETY: a double vector.
        self.values(|object| unsafe { REAL_RO(object) })
    }

    pub fn bytes(self) -> Result<&'a [u8], Jump> {
        assert!(self.kind() == Kind::Raw);
        // SAFETY: a raw vector.
        self.values(|object| unsafe { RAW_RO(object) })
    }

    pub fn strings(self) -> Result<Strings<'a>, Jump> {
        assert!(self.kind() == Kind::Character);
        // SAFETY: a character vector, whose elements are all strings.
        Ok(Strings(
            self.values(|object| unsafe { STRING_PTR_RO(object) })?,
        ))
    }

    /// A list's element.
    pub fn element(self, index: usize) -> Value<'a> {
        assert!(self.kind() == Kind::List && index < self.len());
        // SAFETY: a list, and the index is in it.
        unsafe { Value::borrow(VECTOR_ELT(self.0, index as isize)) }
    }

    /// A list's elements; none of anything else.
    pub fn elements(self) -> impl ExactSizeIterator<Item = Value<'a>> + Clone {
        let length = if self.kind() == Kind::List {
            self.len()
        } else {
            0
        };
        (0..length).map(move |index| self.element(index))
    }

    fn values<T>(self, start: impl FnOnce(SEXP) -> *const T) -> Result<&'a [T], Jump> {
        let length = self.len();
        if length == 0 {
            // R's pointer to nothing is no valid one.
            return Ok(&[]);
        }
        let start = caught(|| start(self.0))?;
        // SAFETY: R's vectors do not move, and nobody changes one while this library works on it.
        Ok(unsafe { std::slice::from_raw_parts(start, length) })
    }

    /// The text of a character vector of length one.
    pub fn scalar_text(self) -> Result<Option<String>, Jump> {
        if self.kind() != Kind::Character || self.len() != 1 {
            return Ok(None);
        }
        let text = self.strings()?.get(0);
        Ok(text.and_then(Result::ok).map(|text| text.into_owned()))
    }
}

/// R's NULL.
impl Default for Value<'static> {
    fn default() -> Self {
        // SAFETY: set by R at its start, never collected.
        unsafe { Value::borrow(R_NilValue) }
    }
}
