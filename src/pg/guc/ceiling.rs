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

use super::clause::Clause;
use super::refusal::Refusal;
use super::{keep, record, text};
use crate::pg::server;
use crate::rules::Rule;
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

    /// A value of the setting `name` as ALTER ROLE … SET stores it, in the user's words.
    fn written(name: &CStr, text: &CStr) -> Option<Self>;
}

impl Value for bool {
    type Raw = bool;
    const BLANK: bool = false;

    unsafe fn read(raw: bool) -> Result<Self, String> {
        Ok(raw)
    }

    fn written(_name: &CStr, text: &CStr) -> Option<Self> {
        record::switch(text)
    }
}

/// Numbers, and the values of an enum.
impl Value for i32 {
    type Raw = i32;
    const BLANK: i32 = 0;

    unsafe fn read(raw: i32) -> Result<Self, String> {
        Ok(raw)
    }

    fn written(name: &CStr, text: &CStr) -> Option<Self> {
        record::number(name, text)
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

    fn written(_name: &CStr, text: &CStr) -> Option<Self> {
        Processors::parse(text.to_str().ok()?).ok()
    }
}

/// A limit. A type for each, because PostgreSQL calls its hooks without saying for which setting.
pub trait Limit: 'static {
    type Value: Value;
    const NAME: &'static CStr;
    const RULE: &'static dyn Rule<Self::Value>;

    fn variable() -> &'static Variable<Self::Value>;
}

/// Where PostgreSQL keeps the value that is in force, the assign hook what came with it, and the check
/// hook what the configuration says.
pub struct Variable<V: Value> {
    active: Cell<V::Raw>,
    kept: Cell<Option<Kept<V>>>,
    configured: Cell<Option<(V, pg_sys::GucSource::Type)>>,
}

/// What travels with a value.
#[derive(Clone, Copy)]
struct Kept<V> {
    session_ceiling: V,
    /// Of a value that an authorised role has set.
    clause: Option<Clause>,
}

// SAFETY: one thread alone speaks with PostgreSQL and touches it.
unsafe impl<V: Value> Sync for Variable<V> {}

impl<V: Value> Variable<V> {
    pub const fn new() -> Self {
        Variable {
            active: Cell::new(V::BLANK),
            kept: Cell::new(None),
            configured: Cell::new(None),
        }
    }

    fn session_ceiling(&self) -> Option<V> {
        self.kept.get().map(|kept| kept.session_ceiling)
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
    match (L::variable().session_ceiling(), reset::<L>()) {
        (None, Some(reset)) => L::RULE.tighter(active, reset),
        _ => active,
    }
}

/// The loosest value that a role without privileges may set now.
pub fn ceiling<L: Limit>() -> L::Value {
    let session = L::variable().session_ceiling();
    session.or_else(reset::<L>).unwrap_or_else(active::<L>)
}

/// Whether the SET clause of the SECURITY DEFINER function that runs now has set the value in force,
/// with the right to set any.
pub fn is_clauses<L: Limit>() -> bool {
    let clause = L::variable().kept.get().and_then(|kept| kept.clause);
    clause.is_some_and(|clause| clause.holds(L::NAME))
}

/// What the configuration says, whatever is stored for roles and databases. A line that a reload finds
/// gone from the file counts until the session's end where the role has a stored value.
pub fn configured<L: Limit>() -> Option<L::Value> {
    L::variable().configured.get().map(|(value, _)| value)
}

/// Remembers it. The server's command line outranks the file.
fn configure<L: Limit>(value: L::Value, source: pg_sys::GucSource::Type) {
    use pg_sys::GucSource::PGC_S_ARGV;
    let known = L::variable().configured.get();
    let outranked = known.is_some_and(|(_, known)| known == PGC_S_ARGV && source < PGC_S_ARGV);
    if source <= PGC_S_ARGV && !outranked {
        L::variable().configured.set(Some((value, source)));
    }
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
    /// ALTER ROLE, ALTER DATABASE, or a function's definition by a statement in another one: PostgreSQL
    /// only asks whether it would do. Such a value of an ordinary role's could be that role's ceiling later.
    Stored,
    /// The SET clause in a function's definition, which is asked again at every call.
    Clause,
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
            PGC_S_TEST if server::defines_function() => Origin::Clause,
            PGC_S_TEST => Origin::Stored,
            PGC_S_INTERACTIVE | PGC_S_SESSION => Origin::Session,
            _ => Origin::Configuration,
        }
    }
}

const WHO: &str = "Superusers and roles with the privilege SET on it may; ALTER ROLE … SET gives a role another limit.";
const SESSION: &str = "A role can tighten its limits with SET, in a session that it started, and with a function's SET clause, in a CREATE or ALTER statement that it runs.";

/// What travels with `value`, or why it is refused.
fn judge<L: Limit>(
    value: L::Value,
    source: pg_sys::GucSource::Type,
) -> Result<Option<Kept<L::Value>>, Refusal> {
    if let Some(why) = L::RULE.unfit(value) {
        return Err(Refusal::unfit(why));
    }
    let name = L::NAME.to_string_lossy();
    match Origin::of(source) {
        Origin::Configuration => {
            configure::<L>(value, source);
            Ok(None)
        }
        Origin::Client | Origin::Stored | Origin::Clause if authorised(L::NAME) => Ok(None),
        Origin::Client | Origin::Stored => {
            let message = format!("permission denied to set parameter \"{name}\"");
            Err(Refusal::denied(message, SESSION))
        }
        Origin::Clause => tight_enough::<L>(value).map(|()| None),
        Origin::Session if authorised(L::NAME) => Ok(Some(Kept {
            session_ceiling: value,
            clause: Clause::noted(L::NAME),
        })),
        Origin::Session => {
            tight_enough::<L>(value)?;
            Ok(L::variable().session_ceiling().map(|session_ceiling| Kept {
                session_ceiling,
                clause: None,
            }))
        }
    }
}

/// Whether a role without privileges may have the value now.
fn tight_enough<L: Limit>(value: L::Value) -> Result<(), Refusal> {
    let ceiling = ceiling::<L>();
    match L::RULE.looser(value, ceiling) {
        true => {
            let message = L::RULE.denied(&L::NAME.to_string_lossy(), ceiling);
            Err(Refusal::denied(message, WHO))
        }
        false => Ok(()),
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
            Ok(Some(kept)) => unsafe { keep(kept, extra) },
            Err(refusal) => {
                refusal.explain();
                false
            }
        }
    };
    // SAFETY: the outermost frame, which owns nothing.
    unsafe { pg_sys::panic::pgrx_extern_c_guard(check) }
}

/// Runs where nothing may fail, at rollbacks too. `Given`: a text comes as another pointer than to
/// the check hook.
///
/// # Safety
/// As PostgreSQL calls assign hooks: `extra` is null or what [`check`] left.
unsafe extern "C-unwind" fn assign<L: Limit, Given>(_new: Given, extra: *mut c_void) {
    // SAFETY: the caller's promise.
    let kept = (!extra.is_null()).then(|| unsafe { extra.cast::<Kept<L::Value>>().read() });
    L::variable().kept.set(kept);
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
    // SAFETY: a variable and texts that live as long as the process; guarded hooks.
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
    // SAFETY: a variable and texts that live as long as the process; guarded hooks.
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
    // SAFETY: a variable and texts that live as long as the process; guarded hooks.
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
