//! Whose limits bind a call, where it is made in the name of other roles than the one that logged in:
//! what the session has, tightened by what each of them would have in a session of its own.
//! docs/governance.md has it as a table.

use super::ceiling::{self, Limit, Value};
use crate::pg::identity;
use crate::pg::role_settings::RoleSettings;
use std::ffi::{CStr, CString};

/// The stored settings of the roles that a call is made in the name of, but for the login's. Read once
/// a call: most calls have none of them.
pub struct Binding {
    /// The current user's is the last.
    others: Vec<RoleSettings>,
}

impl Binding {
    pub fn now() -> Self {
        let roles = identity::other_roles();
        Binding {
            others: roles.into_iter().map(RoleSettings::of).collect(),
        }
    }

    /// The value that a call runs by.
    pub fn limit<L: Limit>(&self) -> L::Value {
        self.tightened::<L>(ceiling::effective::<L>())
    }

    /// The loosest value that a call can run by without another's leave.
    pub fn ceiling<L: Limit>(&self) -> L::Value {
        self.tightened::<L>(ceiling::ceiling::<L>())
    }

    fn tightened<L: Limit>(&self, sessions: L::Value) -> L::Value {
        if self.others.is_empty() || ceiling::is_clauses::<L>() {
            return sessions;
        }
        let limits = self.others.iter().filter_map(of_role::<L>);
        limits.fold(sessions, |value, limit| L::RULE.tighter(value, limit))
    }

    /// What a session of the current user's would have of another setting, if something is stored for
    /// it and `fits`. None where the session's value holds.
    pub fn stored(&self, name: &CStr, fits: impl Fn(&str) -> bool) -> Option<String> {
        if identity::login_role() == crate::pg::server::current_role() || super::is_clauses(name) {
            return None;
        }
        let mut values = self.others.last()?.values(name.to_str().ok()?);
        values.find(|value| fits(value)).map(str::to_owned)
    }
}

/// A value that does not fit is passed over, as at the start of a session.
fn of_role<L: Limit>(role: &RoleSettings) -> Option<L::Value> {
    let mut values = role.values(L::NAME.to_str().ok()?);
    let stored = values.find_map(|text| {
        let value = L::Value::written(L::NAME, &CString::new(text).ok()?)?;
        L::RULE.unfit(value).is_none().then_some(value)
    });
    stored.or_else(ceiling::configured::<L>)
}
