//! The language objects, `launchpad_python` and so on: nothing is written in them, they are what the
//! right to use a language is granted on.

use pgrx::pg_sys;
use std::ffi::CStr;

/// pg_language's oid, which pgrx binds for PostgreSQL 15 alone.
#[cfg(not(feature = "pg15"))]
const PG_LANGUAGE: pg_sys::Oid = pg_sys::Oid::from_u32(2612);

/// Whether the current role has USAGE on the language object `name`; None: this database has none.
pub fn may_use(name: &CStr) -> Option<bool> {
    // SAFETY: catalog look-ups in a transaction.
    unsafe {
        let language = pg_sys::get_language_oid(name.as_ptr(), true);
        (language != pg_sys::InvalidOid).then(|| has_usage(language))
    }
}

/// # Safety
/// In a transaction; `language` is pg_language.oid.
unsafe fn has_usage(language: pg_sys::Oid) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        let (me, usage) = (pg_sys::GetUserId(), pg_sys::ACL_USAGE as pg_sys::AclMode);
        #[cfg(feature = "pg15")]
        let result = pg_sys::pg_language_aclcheck(language, me, usage);
        #[cfg(not(feature = "pg15"))]
        let result = pg_sys::object_aclcheck(PG_LANGUAGE, language, me, usage);
        result == pg_sys::AclResult::ACLCHECK_OK
    }
}
