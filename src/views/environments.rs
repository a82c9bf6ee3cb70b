//! `launchpad.environments`: the interpreters and what they have, as their zygotes tell.

use super::table::{Table, text};
use crate::error::CallError;
use crate::launch::answer::ask;
use crate::memory;
use crate::monitor;
use crate::pg::arguments::Arguments;
use crate::pg::result_set::ResultSet;
use crate::types::Natural;
use launchpad_protocol::VERSION;
use launchpad_protocol::launch::{FromBackend, ToBackend};
use serde_json::{Map, Value};

/// The body of the function behind the view.
pub fn list(_arguments: Arguments, result: &mut ResultSet) -> Result<(), CallError> {
    monitor::check_preloaded()?;
    let messages = ask(
        &FromBackend::Environments { version: VERSION },
        |message| match &message {
            ToBackend::Environment(_) | ToBackend::Package { .. } => Some(message),
            _ => None,
        },
    )?;
    let mut environments = Vec::new();
    for message in messages {
        match message {
            ToBackend::Environment(line) => environments.push((line, Map::new())),
            ToBackend::Package {
                environment,
                name,
                version,
            } => {
                let of = environments
                    .iter_mut()
                    .find(|(of, _)| of.environment.id == environment);
                if let Some((_, packages)) = of {
                    packages.insert(name, Value::String(version));
                }
            }
            _ => {}
        }
    }
    let mut table = Table::new(result, &[Natural::Utf8; 5])?;
    for (line, packages) in environments {
        table.put([
            text(line.environment.language.name()),
            text(&line.environment.program),
            text(&line.state),
            text(&line.description),
            text(&written(&packages)?),
        ]);
    }
    Ok(())
}

/// A JSON object, in memory that may be refused: an interpreter can have thousands of packages.
fn written(packages: &Map<String, Value>) -> Result<String, CallError> {
    let mut text = memory::string("{")?;
    for (name, version) in packages {
        let comma = if text.len() > 1 { "," } else { "" };
        let name = Value::from(name.as_str());
        memory::append(&mut text, &format!("{comma}{name}:{version}"))?;
    }
    memory::append(&mut text, "}")?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_written_as_json() {
        let mut packages = Map::new();
        assert_eq!(written(&packages).unwrap(), "{}");
        packages.insert("a\"b".into(), "1".into());
        packages.insert("c".into(), "2".into());
        let text = written(&packages).unwrap();
        assert_eq!(text, Value::Object(packages).to_string());
    }
}
