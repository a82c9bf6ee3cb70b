//! What was learned, as the text of a file that survives a restart: a line for each environment, package, module and role.
//!
//! What cannot be read is left out: it will be learned again.

use super::package::{Module, Package};
use super::{Imports, MOST_PACKAGES};
use launchpad_protocol::imports::{MAX_MODULE, MOST_MODULES};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

/// All environments, by the paths of their programs, as text.
pub fn print<'a>(all: impl Iterator<Item = (&'a str, &'a Imports)>) -> String {
    let mut text = String::new();
    for (program, imports) in all {
        print_one(&mut text, program, imports);
    }
    text
}

fn print_one(text: &mut String, program: &str, imports: &Imports) {
    // Writing to a String does not fail.
    let _ = writeln!(text, "program {program}");
    let _ = writeln!(text, "calls {}", imports.calls);
    for (name, package) in &imports.packages {
        let bytes = package
            .bytes
            .map_or("-".to_owned(), |bytes| bytes.to_string());
        let _ = writeln!(text, "package {name} {} {bytes}", package.calls);
        for (role, calls) in &package.roles {
            let _ = writeln!(text, "role {role} {calls}");
        }
        for module in &package.modules {
            let time = super::micros(module.time);
            let _ = writeln!(text, "module {} {} {time}", module.name, module.loads);
        }
    }
}

/// What was kept of each environment, by the path of its program.
pub fn parse(text: &str) -> BTreeMap<String, Imports> {
    let mut all: BTreeMap<String, Imports> = BTreeMap::new();
    let mut program = None;
    let mut name = None;
    for line in text.lines() {
        let (what, rest) = line.split_once(' ').unwrap_or((line, ""));
        if what == "program" {
            program = Some(rest);
            name = None;
            all.entry(rest.to_owned()).or_default();
            continue;
        }
        let Some(imports) = program.and_then(|program| all.get_mut(program)) else {
            continue;
        };
        if what == "calls" {
            imports.calls = rest.parse().unwrap_or(0);
        } else if let Some(found) = take(what, rest, &mut name) {
            imports.add(found);
        }
    }
    all
}

enum Found<'a> {
    Package(&'a str, Package),
    Role(&'a str, u32, u64),
    Module(&'a str, Module),
}

/// `name`: of the package that the next lines are about.
fn take<'a>(what: &str, rest: &'a str, name: &mut Option<&'a str>) -> Option<Found<'a>> {
    let mut words = rest.split(' ');
    let mut word = || words.next();
    match what {
        "package" => {
            *name = word().filter(|name| name.len() <= MAX_MODULE);
            let calls = word()?.parse().ok()?;
            let bytes = word()?.parse().ok();
            let package = Package {
                calls,
                bytes,
                ..Package::default()
            };
            Some(Found::Package((*name)?, package))
        }
        "role" => {
            let role = word()?.parse().ok()?;
            Some(Found::Role((*name)?, role, word()?.parse().ok()?))
        }
        "module" => {
            let module = Module {
                name: word().filter(|name| name.len() <= MAX_MODULE)?.to_owned(),
                loads: word()?.parse().ok()?,
                time: Duration::from_micros(word()?.parse().ok()?),
            };
            Some(Found::Module((*name)?, module))
        }
        _ => None,
    }
}

impl Imports {
    fn add(&mut self, found: Found<'_>) {
        match found {
            Found::Package(name, package) if self.packages.len() < MOST_PACKAGES => {
                self.packages.insert(name.to_owned(), package);
            }
            Found::Package(..) => {}
            Found::Role(name, role, calls) => {
                if let Some(package) = self.packages.get_mut(name) {
                    package.roles.push((role, calls));
                }
            }
            Found::Module(name, module) => {
                if let Some(package) = self.packages.get_mut(name)
                    && package.modules.len() < MOST_MODULES
                {
                    package.modules.push(module);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imports::tests::{import, learned};

    #[test]
    fn what_was_learned_survives() {
        let mut before = learned();
        before.heard(
            7,
            &[import("sklearn", 300), import("sklearn.ensemble", 900)],
            Duration::from_secs(2),
            Duration::from_secs(1),
        );
        before.measured("sklearn", 5 << 20);
        let program = "/opt/my venv/bin/python";
        let text = print([(program, &before)].into_iter());
        let after = parse(&text);
        assert_eq!(text, print([(program, &after[program])].into_iter()));
        assert!(
            text.contains("module sklearn.ensemble 1 900000\n"),
            "{text}"
        );
    }

    #[test]
    fn what_is_no_line_is_left_out() {
        let text = "module lost 1 2\nprogram p\nrole 1 1\npackage a x -\npackage b 3 -\nmodule b.c 1 -5\n\
                    role 1 1\nnonsense\n\u{0}\npackage\nmodule b.d 1 7";
        let all = parse(text);
        assert_eq!(all["p"].packages.len(), 1);
        let package = &all["p"].packages["b"];
        assert_eq!((package.calls, package.bytes), (3, None));
        // Behind "package", which names none.
        assert!(package.modules.is_empty());
        assert_eq!(package.roles, [(1, 1)]);
    }
}
