//! Character vectors whose strings are made when they are asked for: R enters every string that there
//! is into one table, which for a million takes longer than all else that happens to them.
//!
//! Of an ALTREP class of R's. The vector's first slot holds the texts as they came, a list of three raw
//! vectors; the second the strings made so far, in a character vector of the same length, so that
//! the collector keeps them exactly as long as those of any other. Whoever wants to write, or a
//! pointer to all strings, gets that vector completed, and the texts are given up.
//!
//! R calls the methods from C and turns its collector off meanwhile. They own nothing, do not panic,
//! and may jump only where there is no memory.

use super::jump::{Jump, caught};
use super::owned::Owned;
use super::room::{NoMemory, Room};
use super::text::{cached, missing};
use super::value::Value;
use arrow_array::{Array, StringArray};
use arrow_buffer::{
    BooleanBuffer, Buffer, NullBuffer, NullBufferBuilder, OffsetBuffer, ScalarBuffer,
};
use savvy_ffi::altrep::{
    ALTREP, R_altrep_class_t, R_altrep_data1, R_altrep_data2, R_altrep_inherits,
    R_make_altstring_class, R_new_altrep, R_set_altrep_Duplicate_method,
    R_set_altrep_Length_method, R_set_altrep_data1, R_set_altrep_data2, R_set_altstring_Elt_method,
    R_set_altstring_No_NA_method, R_set_altstring_Set_elt_method, R_set_altvec_Dataptr_method,
    R_set_altvec_Dataptr_or_null_method,
};
use savvy_ffi::{
    R_NilValue, RAW_RO, Rboolean, Rf_allocVector, Rf_xlength, SET_STRING_ELT, SEXP, STRING_ELT,
    STRING_PTR_RO, STRSXP, VECTOR_ELT,
};
use std::ffi::{c_int, c_void};
use std::ops::Range;
use std::sync::atomic::{AtomicPtr, Ordering};

unsafe extern "C" {
    // Declared in Rinternals.h, missing in savvy-ffi: the empty string.
    static R_BlankString: SEXP;
}

/// Many texts, one after the other, in memory of R's.
#[derive(Debug, Clone)]
pub struct Texts {
    /// Where each begins, and where the last ends.
    starts: ScalarBuffer<u64>,
    /// UTF-8.
    bytes: Buffer,
    nulls: Option<NullBuffer>,
}

impl Texts {
    /// Those of a vector made here; None of any other, and of one that is complete.
    pub fn of(value: Value<'_>) -> Result<Option<Self>, Jump> {
        let object = value.object();
        let class = caught(class)?;
        // SAFETY: a live object; these only look at it.
        let ours = unsafe { ALTREP(object) != 0 && R_altrep_inherits(object, class) != 0 };
        if !ours {
            return Ok(None);
        }
        // SAFETY: of the class. Its parts are lent, and so kept, one by one: the vector may give them up.
        let parts = unsafe { Value::borrow(R_altrep_data1(object)) };
        if parts.is_null() {
            return Ok(None);
        }
        let part = |index| -> Result<Buffer, Jump> {
            let part: Value<'_> = parts.element(index);
            part.lent_bytes(part.bytes()?)
        };
        let starts = part(0)?;
        let count = starts.len() / size_of::<u64>();
        let starts = ScalarBuffer::new(starts, 0, count);
        let nulls = if parts.element(2).is_null() {
            None
        } else {
            let valid = BooleanBuffer::new(part(2)?, 0, count - 1);
            Some(NullBuffer::new(valid))
        };
        Ok(Some(Texts {
            starts,
            bytes: part(1)?,
            nulls,
        }))
    }

    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether all are NA.
    pub fn is_missing(&self) -> bool {
        let nulls = self.nulls.as_ref().map_or(0, NullBuffer::null_count);
        nulls == self.len()
    }

    /// Bytes of all.
    pub fn total(&self) -> usize {
        self.bytes.len()
    }

    /// Some of them; None if they are more than an array can hold.
    pub fn array(&self, range: Range<usize>) -> Option<StringArray> {
        let starts = &self.starts[range.start..=range.end];
        let (first, last) = (starts[0], starts[range.len()]);
        i32::try_from(last - first).ok()?;
        let offsets = starts.iter().map(|start| (start - first) as i32).collect();
        let bytes = self
            .bytes
            .slice_with_length(first as usize, (last - first) as usize);
        let nulls = self
            .nulls
            .as_ref()
            .map(|nulls| nulls.slice(range.start, range.len()));
        // SAFETY: from texts of arrays, one after the other.
        Some(unsafe {
            StringArray::new_unchecked(OffsetBuffer::new_unchecked(offsets), bytes, nulls)
        })
    }
}

impl Owned {
    /// A character vector of texts that stand one after the other in `bytes`, which are UTF-8. `starts`:
    /// where each begins, and where the last ends. `valid`: a bit for each, from the lowest on, that
    /// is 0 for NA; none if there is no NA.
    ///
    /// # Safety
    /// The numbers are in order and within the bytes, each at the beginning of a character.
    pub(super) unsafe fn deferred(
        starts: Room<u64>,
        bytes: Room<u8>,
        valid: Option<&[u8]>,
    ) -> Result<Self, Jump> {
        let mut parts = Owned::list(3)?;
        parts.set(0, &starts.raw()?);
        parts.set(1, &bytes.raw()?);
        if let Some(valid) = valid {
            parts.set(2, &Owned::raw(valid)?);
        }
        let parts = parts.value().object();
        // SAFETY: an allocation; the parts are owned while it runs.
        Owned::made(|| unsafe { R_new_altrep(class(), parts, R_NilValue) })
    }
}

/// Texts that are still getting more.
#[derive(Default)]
pub struct GrowingTexts {
    starts: Room<u64>,
    bytes: Room<u8>,
    valid: Valid,
}

/// The bits of those so far, as long as all are 1 only their number.
struct Valid(NullBufferBuilder);

impl Default for Valid {
    fn default() -> Self {
        Valid(NullBufferBuilder::new(0))
    }
}

impl GrowingTexts {
    pub fn append(&mut self, array: &StringArray) -> Result<(), NoMemory> {
        let offsets = array.value_offsets();
        let (first, last) = (offsets[0] as usize, offsets[array.len()] as usize);
        let before = self.bytes.len() as u64;
        self.bytes
            .more(last - first)?
            .copy_from_slice(&array.value_data()[first..last]);
        // Between two arrays one ends where the other begins.
        let skipped = usize::from(self.starts.len() > 0);
        let starts = self.starts.more(array.len() + 1 - skipped)?;
        for (start, offset) in starts.iter_mut().zip(&offsets[skipped..]) {
            *start = before + (*offset as usize - first) as u64;
        }
        match array.nulls() {
            Some(nulls) => self.valid.0.append_buffer(nulls),
            None => self.valid.0.append_n_non_nulls(array.len()),
        }
        Ok(())
    }

    /// A character vector of them; one array at least was appended.
    pub fn vector(mut self) -> Result<Owned, Jump> {
        let nulls = self.valid.0.finish();
        let valid = nulls.as_ref().map(|nulls| nulls.buffer().as_slice());
        // SAFETY: each array's texts are UTF-8, and its offsets in order.
        unsafe { Owned::deferred(self.starts, self.bytes, valid) }
    }
}

/// Made at the first call, for good. May jump.
fn class() -> R_altrep_class_t {
    static CLASS: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());
    let known = CLASS.load(Ordering::Relaxed);
    if !known.is_null() {
        return R_altrep_class_t { ptr: known };
    }
    // SAFETY: the methods have the declared types. R keeps the class; no library is named, whose end
    // would be the class's.
    let class = unsafe {
        let (name, package) = (c"launchpad_texts", c"pg_launchpad");
        let class = R_make_altstring_class(name.as_ptr(), package.as_ptr(), std::ptr::null_mut());
        R_set_altrep_Length_method(class, Some(length));
        R_set_altrep_Duplicate_method(class, Some(duplicate));
        R_set_altvec_Dataptr_method(class, Some(pointer));
        R_set_altvec_Dataptr_or_null_method(class, Some(pointer_or_null));
        R_set_altstring_Elt_method(class, Some(element));
        R_set_altstring_Set_elt_method(class, Some(set_element));
        R_set_altstring_No_NA_method(class, Some(no_na));
        class
    };
    CLASS.store(class.ptr, Ordering::Relaxed);
    class
}

/// The texts as the methods see them.
#[derive(Clone, Copy)]
struct View<'a> {
    starts: &'a [u64],
    bytes: &'a [u8],
    valid: Option<&'a [u8]>,
}

impl<'a> View<'a> {
    fn len(self) -> usize {
        self.starts.len() - 1
    }

    #[inline]
    fn get(self, index: usize) -> Option<&'a [u8]> {
        let valid = |bits: &[u8]| bits[index / 8] >> (index % 8) & 1 == 1;
        let (start, end) = (self.starts[index], self.starts[index + 1]);
        self.valid
            .is_none_or(valid)
            .then(|| &self.bytes[start as usize..end as usize])
    }
}

/// # Safety
/// `object` is of the class and lives for `'a`, in which nobody gives its texts up.
unsafe fn texts<'a>(object: SEXP) -> Option<View<'a>> {
    // SAFETY: the slots are as `deferred` made them; none is written to but as a whole.
    unsafe {
        let parts = R_altrep_data1(object);
        if parts == R_NilValue {
            return None;
        }
        let starts = VECTOR_ELT(parts, 0);
        let count = Rf_xlength(starts) as usize / size_of::<u64>();
        let valid = VECTOR_ELT(parts, 2);
        Some(View {
            // R's vectors begin at multiples of eight.
            starts: std::slice::from_raw_parts(RAW_RO(starts).cast(), count),
            bytes: bytes(VECTOR_ELT(parts, 1)),
            valid: (valid != R_NilValue).then(|| bytes(valid)),
        })
    }
}

/// # Safety
/// `raw` is a raw vector that lives for `'a`.
unsafe fn bytes<'a>(raw: SEXP) -> &'a [u8] {
    // SAFETY: the caller's word; R's pointer to nothing is no valid one.
    unsafe {
        match Rf_xlength(raw) {
            0 => &[],
            length => std::slice::from_raw_parts(RAW_RO(raw), length as usize),
        }
    }
}

/// The vector of the strings made so far; those that are not are empty.
///
/// # Safety
/// `object` is of the class.
unsafe fn strings(object: SEXP) -> SEXP {
    // SAFETY: the slots are as told above; R fills a new character vector with the empty string.
    unsafe {
        let known = R_altrep_data2(object);
        if known != R_NilValue {
            return known;
        }
        let made = Rf_allocVector(STRSXP, length(object));
        R_set_altrep_data2(object, made);
        made
    }
}

/// The vector of all strings.
///
/// # Safety
/// `object` is of the class.
unsafe fn complete(object: SEXP) -> SEXP {
    // SAFETY: `object` is of the class, by the caller's promise; R's garbage collector finds each string that is
    // made in the vector at once.
    unsafe {
        let strings = strings(object);
        let Some(texts) = texts(object) else {
            return strings;
        };
        let known = STRING_PTR_RO(strings);
        for index in 0..texts.len() {
            if *known.add(index) == R_BlankString {
                SET_STRING_ELT(strings, index as isize, string(texts.get(index)));
            }
        }
        R_set_altrep_data1(object, R_NilValue);
        strings
    }
}

/// # Safety
/// `text` is UTF-8.
#[inline]
unsafe fn string(text: Option<&[u8]>) -> SEXP {
    match text {
        // SAFETY: the caller's word.
        Some(text) => unsafe { cached(text) },
        None => missing(),
    }
}

unsafe extern "C" fn length(object: SEXP) -> isize {
    // SAFETY: R calls with an object of the class, here and below.
    unsafe {
        match texts(object) {
            Some(texts) => texts.len() as isize,
            None => Rf_xlength(R_altrep_data2(object)),
        }
    }
}

unsafe extern "C" fn element(object: SEXP, index: isize) -> SEXP {
    // SAFETY: R has checked the index.
    unsafe {
        let strings = strings(object);
        let known = STRING_ELT(strings, index);
        if known != R_BlankString {
            return known;
        }
        let Some(texts) = texts(object) else {
            return known;
        };
        let made = string(texts.get(index as usize));
        SET_STRING_ELT(strings, index, made);
        made
    }
}

unsafe extern "C" fn set_element(object: SEXP, index: isize, string: SEXP) {
    // SAFETY: R has checked the index and the string.
    unsafe { SET_STRING_ELT(complete(object), index, string) }
}

unsafe extern "C" fn pointer(object: SEXP, _: Rboolean) -> *mut c_void {
    // SAFETY: a character vector.
    unsafe { STRING_PTR_RO(complete(object)).cast_mut().cast() }
}

unsafe extern "C" fn pointer_or_null(object: SEXP) -> *const c_void {
    // SAFETY: a complete one is a character vector.
    unsafe {
        if R_altrep_data1(object) == R_NilValue {
            STRING_PTR_RO(R_altrep_data2(object)).cast()
        } else {
            std::ptr::null()
        }
    }
}

/// The texts do not change: a copy has the same, unless it is better made from the strings.
unsafe extern "C" fn duplicate(object: SEXP, _: Rboolean) -> SEXP {
    // SAFETY: the object is R's argument, and so are its slots kept.
    unsafe {
        if R_altrep_data2(object) == R_NilValue {
            R_new_altrep(class(), R_altrep_data1(object), R_NilValue)
        } else {
            // R's NULL in C: it copies by itself.
            std::ptr::null_mut()
        }
    }
}

unsafe extern "C" fn no_na(object: SEXP) -> c_int {
    // SAFETY: of the class.
    unsafe { texts(object) }
        .is_some_and(|texts| texts.valid.is_none())
        .into()
}
