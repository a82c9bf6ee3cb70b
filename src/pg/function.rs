//! PostgreSQL's functions as conversions call them: looked up once, with the rights that it takes.
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

use pgrx::pg_sys;
use pgrx::pg_sys::Datum;

/// A looked-up function; lives in the context of the call.
#[derive(Clone, Copy)]
pub struct Function(pub *mut pg_sys::FmgrInfo);

impl Function {
    /// A cast's function, or a type's length function, which the current role must be allowed to call.
    ///
    /// As in the executor, these need EXECUTE and are reported to the object-access hook, and the
    /// functions of a type itself do not: whoever may name a type reaches its input and output functions
    /// by a literal, and only superusers make base types. What those call they are built on (an
    /// array's elements, a composite's fields, a range's bounds), except the functions of a domain's
    /// constraints, which the executor checks. Everything else that is called from here or from
    /// `row`, `json` and `parameters` is either a type's output function or one of the server's own,
    /// which conversions use instead of a cast's; casts of parameters are the input query's.
    pub fn permitted(oid: pg_sys::Oid) -> Self {
        // SAFETY: catalog look-ups in a transaction.
        unsafe {
            let (me, execute) = (pg_sys::GetUserId(), pg_sys::ACL_EXECUTE as pg_sys::AclMode);
            #[cfg(feature = "pg15")]
            let result = pg_sys::pg_proc_aclcheck(oid, me, execute);
            #[cfg(not(feature = "pg15"))]
            let result = pg_sys::object_aclcheck(pg_sys::ProcedureRelationId, oid, me, execute);
            if result != pg_sys::AclResult::ACLCHECK_OK {
                let name = pg_sys::get_func_name(oid);
                pg_sys::aclcheck_error(result, pg_sys::ObjectType::OBJECT_FUNCTION, name);
            }
            let hook = pg_sys::object_access_hook;
            if hook.is_some() {
                pg_sys::RunFunctionExecuteHook(oid);
            }
        }
        Function::look_up(oid)
    }

    pub fn look_up(oid: pg_sys::Oid) -> Self {
        // SAFETY: a catalog look-up into memory of the current context.
        unsafe {
            let info = pg_sys::palloc0(size_of::<pg_sys::FmgrInfo>()).cast();
            pg_sys::fmgr_info(oid, info);
            Function(info)
        }
    }

    /// Calls it as a cast: value, typmod, not explicit; PostgreSQL ignores arguments too many.
    pub fn cast(self, value: Datum, typmod: i32) -> Datum {
        // SAFETY: a cast function for the type of `value`.
        unsafe {
            match (*self.0).fn_nargs {
                1 => pg_sys::FunctionCall1Coll(self.0, pg_sys::InvalidOid, value),
                2 => pg_sys::FunctionCall2Coll(
                    self.0,
                    pg_sys::InvalidOid,
                    value,
                    Datum::from(typmod),
                ),
                _ => pg_sys::FunctionCall3Coll(
                    self.0,
                    pg_sys::InvalidOid,
                    value,
                    Datum::from(typmod),
                    Datum::from(false),
                ),
            }
        }
    }
}

/// A type's input function, and its parameter.
pub fn input_function(type_oid: u32) -> (Function, pg_sys::Oid) {
    let mut function = pg_sys::InvalidOid;
    let mut parameter = pg_sys::InvalidOid;
    // SAFETY: a catalog look-up into two local variables.
    unsafe { pg_sys::getTypeInputInfo(pg_sys::Oid::from(type_oid), &mut function, &mut parameter) };
    (Function::look_up(function), parameter)
}
