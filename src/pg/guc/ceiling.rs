//! Limits: settings that every role may tighten, and that only superusers and roles with the
//! privilege SET on them may loosen.
//!
//! To PostgreSQL they are anyone's to set (PGC_USERSET); the check hook refuses what is looser than
//! the ceiling. The *reset value* is what the configuration gives the session: the configuration
//! file, ALTER DATABASE and ALTER ROLE, or an authorised role's startup packet. It is the ceiling,
//! unless an authorised role has SET another value in the session: that is a *session ceiling*. It
//! travels with the value as the hook's `extra` data, which guc.c keeps and restores with it: at
//! RESET, at rollbacks, at the end of SET LOCAL and of a function with a SET clause. A value without
//! one is under the reset value, also under one that a later reload lowers.

use super::refusal::Refusal;
use super::text;
use launchpad_protocol::processors::Processors;
use pgrx::guc::{GucContext, GucEnum, GucFlags};
use pgrx::pg_sys;
use std::cell::Cell;
use std::ffi::{CStr, c_char, c_void};

/// What a limit's value is, to PostgreSQL and to us.
pub trait Value: Copy + 'static {
    /// What PostgreSQL's variable holds.
    type Raw: Copy;
    /// Of a variable that is not registered yet.
    const BLANK: Self::Raw;

    /// The value, or what is wrong with it.
    ///
    /// # Safety
    /// What `raw` points to, if it is a pointer, is a NUL-terminated string.
    unsafe fn read(raw: Self::Raw) -> Result<Self, String>;
}

impl Value for bool {
    type Raw = bool;
    const BLANK: bool = false;

    unsafe fn read(raw: bool) -> Result<Self, String> {
        Ok(raw)
    }
}

/// Numbers, and the values of an enum.
impl Value for i32 {
    type Raw = i32;
    const BLANK: i32 = 0;

    unsafe fn read(raw: i32) -> Result<Self, String> {
        Ok(raw)
    }
}

impl Value for Processors {
    type Raw = *mut c_char;
    const BLANK: *mut c_char = std::ptr::null_mut();

    unsafe fn read(raw: *mut c_char) -> Result<Self, String> {
        // SAFETY: the caller's promise.
        let text = unsafe { text(raw) }?;
        Processors::parse(text).map_err(|error| format!("{error}."))
    }
}

/// How the values of a limit compare, and how they are written.
pub trait Rule<V: Copy> {
    /// Whether `value` allows anything that `ceiling` does not.
    fn looser(&self, value: V, ceiling: V) -> bool;

    /// What both allow; never more than `ceiling`.
    fn tighter(&self, value: V, ceiling: V) -> V {
        if self.looser(value, ceiling) {
            ceiling
        } else {
            value
        }
    }

    /// What more than order makes a value unfit.
    fn unfit(&self, _value: V) -> Option<String> {
        None
    }

    /// As pg_settings.reset_val writes it.
    fn parse(&self, text: &str) -> Option<V>;

    /// As SHOW writes it.
    fn shown(&self, value: V) -> String;

    /// The error's message where a role may not go beyond `ceiling`.
    fn denied(&self, name: &str, ceiling: V) -> String;
}

/// A limit. A type for each, because PostgreSQL calls its hooks without saying for which setting.
pub trait Limit: 'static {
    type Value: Value;
    const NAME: &'static CStr;
    const RULE: &'static dyn Rule<Self::Value>;

    fn variable() -> &'static Variable<Self::Value>;
}

/// Where PostgreSQL keeps the value that is in force, and the assign hook its session ceiling.
pub struct Variable<V: Value> {
    active: Cell<V::Raw>,
    session_ceiling: Cell<Option<V>>,
}

// SAFETY: as pgrx's GucSetting, for the only thread that speaks with PostgreSQL.
unsafe impl<V: Value> Sync for Variable<V> {}

impl<V: Value> Variable<V> {
    pub const fn new() -> Self {
        Variable {
            active: Cell::new(V::BLANK),
            session_ceiling: Cell::new(None),
        }
    }
}

/// The value as SHOW shows it, whatever has become of the configuration since.
pub fn active<L: Limit>() -> L::Value {
    // SAFETY: PostgreSQL's own value, which its check has accepted.
    let value = unsafe { L::Value::read(L::variable().active.get()) };
    value.unwrap_or_else(|_| reset::<L>().expect("a value that was accepted can be read"))
}

/// The value that a call runs by.
pub fn effective<L: Limit>() -> L::Value {
    let active = active::<L>();
    match (L::variable().session_ceiling.get(), reset::<L>()) {
        (None, Some(reset)) => L::RULE.tighter(active, reset),
        _ => active,
    }
}

/// The loosest value that a role without privileges may set now.
pub fn ceiling<L: Limit>() -> L::Value {
    let session = L::variable().session_ceiling.get();
    session.or_else(reset::<L>).unwrap_or_else(active::<L>)
}

/// The value that RESET would give.
fn reset<L: Limit>() -> Option<L::Value> {
    // SAFETY: the name of a registered setting; the text lives until the next such call.
    let text = unsafe { text(pg_sys::GetConfigOptionResetString(L::NAME.as_ptr())) };
    L::RULE.parse(text.ok()?)
}

/// What a value's source says of its right to be there.
enum Origin {
    /// Those who write the configuration may set what they like.
    Configuration,
    /// The startup packet.
    Client,
    /// ALTER ROLE, ALTER DATABASE, CREATE FUNCTION: PostgreSQL only asks whether it would do. Such
    /// a value of an ordinary role's would be that role's ceiling later.
    Stored,
    Session,
}

impl Origin {
    fn of(source: pg_sys::GucSource::Type) -> Self {
        use pg_sys::GucSource::*;
        // SAFETY: a flag of this process.
        if unsafe { pg_sys::InitializingParallelWorker } {
            return Origin::Configuration; // the leader's values, checked there
        }
        match source {
            PGC_S_CLIENT => Origin::Client,
            PGC_S_TEST => Origin::Stored,
            PGC_S_INTERACTIVE | PGC_S_SESSION => Origin::Session,
            _ => Origin::Configuration,
        }
    }
}

const WHO: &str = "Superusers and roles with the privilege SET on it may; ALTER ROLE … SET gives a role another limit.";
const SESSION: &str = "A role may tighten its limits by SET, in a session that it has begun.";

/// The session ceiling that `value` gets, or why it is refused.
fn judge<L: Limit>(
    value: L::Value,
    source: pg_sys::GucSource::Type,
) -> Result<Option<L::Value>, Refusal> {
    if let Some(why) = L::RULE.unfit(value) {
        return Err(Refusal::unfit(why));
    }
    let name = L::NAME.to_string_lossy();
    match Origin::of(source) {
        Origin::Configuration => Ok(None),
        Origin::Client | Origin::Stored if authorised(L::NAME) => Ok(None),
        Origin::Client | Origin::Stored => {
            let message = format!("permission denied to set parameter \"{name}\"");
            Err(Refusal::denied(message, SESSION))
        }
        Origin::Session if authorised(L::NAME) => Ok(Some(value)),
        Origin::Session => {
            let ceiling = ceiling::<L>();
            if L::RULE.looser(value, ceiling) {
                return Err(Refusal::denied(L::RULE.denied(&name, ceiling), WHO));
            }
            Ok(L::variable().session_ceiling.get())
        }
    }
}

/// Whether the current role may set the parameter to anything. Outside of a transaction, where the
/// catalogs cannot be asked, nobody may.
fn authorised(name: &CStr) -> bool {
    // SAFETY: catalog look-ups in a transaction, which has a current role.
    unsafe {
        pg_sys::IsTransactionState()
            && (pg_sys::superuser()
                || pg_sys::pg_parameter_aclcheck(
                    name.as_ptr(),
                    pg_sys::GetUserId(),
                    pg_sys::ACL_SET as pg_sys::AclMode,
                ) == pg_sys::AclResult::ACLCHECK_OK)
    }
}

/// # Safety
/// As PostgreSQL calls check hooks.
unsafe extern "C-unwind" fn check<L: Limit>(
    new: *mut <L::Value as Value>::Raw,
    extra: *mut *mut c_void,
    source: pg_sys::GucSource::Type,
) -> bool {
    let check = || {
        // SAFETY: the caller's promise.
        let value = unsafe { L::Value::read(*new) }.map_err(Refusal::unfit);
        match value.and_then(|value| judge::<L>(value, source)) {
            Ok(None) => true,
            // SAFETY: the caller's promise.
            Ok(Some(ceiling)) => unsafe { keep(ceiling, extra) },
            Err(refusal) => {
                refusal.explain();
                false
            }
        }
    };
    // SAFETY: the outermost frame, which owns nothing.
    unsafe { pg_sys::panic::pgrx_extern_c_guard(check) }
}

/// Hands `ceiling` to guc.c, which frees it; false: there is no memory for it.
///
/// # Safety
/// `extra` is what a check hook was given.
unsafe fn keep<V: Copy>(ceiling: V, extra: *mut *mut c_void) -> bool {
    // SAFETY: fresh memory of that size, aligned for anything, from where guc.c frees it to.
    unsafe {
        let place = allocate(size_of::<V>());
        if place.is_null() {
            return false;
        }
        place.cast::<V>().write(ceiling);
        *extra = place;
    }
    true
}

/// Before PostgreSQL 16 guc.c frees by free().
#[cfg(feature = "pg15")]
unsafe fn allocate(size: usize) -> *mut c_void {
    // SAFETY: any size will do.
    unsafe { libc::malloc(size) }
}

#[cfg(not(feature = "pg15"))]
unsafe fn allocate(size: usize) -> *mut c_void {
    // SAFETY: any size will do; below ERROR it returns null.
    unsafe { pg_sys::guc_malloc(pg_sys::LOG as i32, size) }
}

/// Runs where nothing may fail, at rollbacks too. `Given`: a text comes as another pointer than to
/// the check hook.
///
/// # Safety
/// As PostgreSQL calls assign hooks: `extra` is null or what [`check`] left.
unsafe extern "C-unwind" fn assign<L: Limit, Given>(_new: Given, extra: *mut c_void) {
    // SAFETY: the caller's promise.
    let ceiling = (!extra.is_null()).then(|| unsafe { extra.cast::<L::Value>().read() });
    L::variable().session_ceiling.set(ceiling);
}

/// A setting's short and long description.
pub struct Words(pub &'static CStr, pub &'static CStr);

const CONTEXT: pg_sys::GucContext::Type = GucContext::Userset as isize as _;

pub fn define_bool<L: Limit<Value = bool>>(words: Words, default: bool) {
    // SAFETY: a variable and texts that live as long as the process; guarded hooks.
    unsafe {
        pg_sys::DefineCustomBoolVariable(
            L::NAME.as_ptr(),
            words.0.as_ptr(),
            words.1.as_ptr(),
            L::variable().active.as_ptr(),
            default,
            CONTEXT,
            0,
            Some(check::<L>),
            Some(assign::<L, bool>),
            None,
        );
    }
}

/// The default may be one that is only known here and now, unlike with pgrx's own function.
pub fn define_int<L: Limit<Value = i32>>(
    words: Words,
    default: i32,
    (least, most): (i32, i32),
    unit: GucFlags,
) {
    // SAFETY: as above.
    unsafe {
        pg_sys::DefineCustomIntVariable(
            L::NAME.as_ptr(),
            words.0.as_ptr(),
            words.1.as_ptr(),
            L::variable().active.as_ptr(),
            default,
            least,
            most,
            CONTEXT,
            unit.bits(),
            Some(check::<L>),
            Some(assign::<L, i32>),
            None,
        );
    }
}

pub fn define_enum<L: Limit<Value = i32>, E: GucEnum>(words: Words, default: E) {
    // SAFETY: as above.
    unsafe {
        pg_sys::DefineCustomEnumVariable(
            L::NAME.as_ptr(),
            words.0.as_ptr(),
            words.1.as_ptr(),
            L::variable().active.as_ptr(),
            default.to_ordinal(),
            E::CONFIG_ENUM_ENTRY,
            CONTEXT,
            0,
            Some(check::<L>),
            Some(assign::<L, i32>),
            None,
        );
    }
}

/// By default the empty set.
pub fn define_processors<L: Limit<Value = Processors>>(words: Words) {
    // SAFETY: as above.
    unsafe {
        pg_sys::DefineCustomStringVariable(
            L::NAME.as_ptr(),
            words.0.as_ptr(),
            words.1.as_ptr(),
            L::variable().active.as_ptr(),
            c"".as_ptr(),
            CONTEXT,
            0,
            Some(check::<L>),
            Some(assign::<L, *const c_char>),
            None,
        );
    }
}
