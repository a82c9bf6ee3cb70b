//! `launchpad.environments`: the interpreters and what they have, as their zygotes tell.

use super::table::{Table, text};
use crate::error::CallError;
use crate::launch::answer::ask;
use crate::memory;
use crate::monitor;
use crate::pg::arguments::Arguments;
use crate::pg::result_set::ResultSet;
use crate::pg::server::may_watch_all;
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
    let all = may_watch_all();
    let mut table = Table::new(result, &[Natural::Utf8; 5])?;
    for (line, packages) in environments {
        let description = match (all, line.state == "ready") {
            (true, _) => Some(line.description),
            (false, true) => Some(without_path(&line.description)),
            // Why there is none tells of paths, too.
            (false, false) => None,
        };
        let program = all.then_some(&line.environment.program);
        table.put([
            text(line.environment.language.name()),
            program.and_then(|program| text(program)),
            text(&line.state),
            description.as_deref().and_then(text),
            text(&written(&packages)?),
        ]);
    }
    Ok(())
}

/// What a zygote says of itself, such as `Python 3.11.2 (/opt/venv/bin/python), pandas 3.1.1`, without the path.
fn without_path(description: &str) -> String {
    match (description.find(" ("), description.rfind(')')) {
        (Some(from), Some(to)) if from < to => {
            format!("{}{}", &description[..from], &description[to + 1..])
        }
        _ => description.to_owned(),
    }
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
    fn paths_are_left_out() {
        for (told, shown) in [
            (
                "Python 3.11.2 (/a (b)/python), pandas 3.1.1",
                "Python 3.11.2, pandas 3.1.1",
            ),
            ("R 4.2.2 (/usr/lib/R)", "R 4.2.2"),
            ("R 4.2.2", "R 4.2.2"),
            (") (", ") ("),
        ] {
            assert_eq!(without_path(told), shown);
        }
    }

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
