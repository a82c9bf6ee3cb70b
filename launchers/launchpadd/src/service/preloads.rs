//! What scripts have imported, and what zygotes preload.

use super::Service;
use crate::imports::{Imports, kept};
use crate::log;
use crate::roster::{Generation, Ticket};
use crate::zygote::{Next, Preloading, Zygote};
use launchpad_protocol::environment::EnvironmentId;
use launchpad_protocol::imports::{Import, ImportLine};
use launchpad_protocol::zygote::Problem;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::Builder;

/// How often what was learned is kept.
const KEEP: Duration = Duration::from_secs(30);

/// How often what is chosen is looked at again.
const HOUR: Duration = Duration::from_secs(60 * 60);

/// After which what was used counts half.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What loading a zygote takes as long as none has been loaded.
const PRICE: Duration = Duration::from_secs(2);

/// Of all environments.
pub(super) struct Learned {
    all: BTreeMap<EnvironmentId, (String, Imports)>,
    /// From the file, by program, until the settings name them.
    before: BTreeMap<String, Imports>,
    prices: BTreeMap<EnvironmentId, Duration>,
    keep_at: Instant,
    look_at: Instant,
    age_at: Instant,
}

/// Beside the socket.
const FILE: &str = "imports";
/// The same until it is complete.
const NEW: &str = "imports.new";

/// Bytes of that file, at most.
const MOST_BYTES: u64 = 16 << 20;

fn kept(folder: &Path) -> String {
    let path = folder.join(FILE);
    let file = path.metadata();
    let is_fit = file.is_ok_and(|file| file.is_file() && file.len() <= MOST_BYTES);
    // What cannot be read will be learned again.
    match is_fit {
        true => std::fs::read_to_string(path).unwrap_or_default(),
        false => String::new(),
    }
}

fn keep(folder: &Path, text: &str) -> io::Result<()> {
    // A launchpadd that was killed here has left one, which is not written to, whatever it is by now.
    match std::fs::remove_file(folder.join(NEW)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut new = Builder::new()
        .prefix(NEW)
        .rand_bytes(0)
        .tempfile_in(folder)?;
    new.write_all(text.as_bytes())?;
    let kept = new.persist(folder.join(FILE));
    kept.map(drop).map_err(|failed| failed.error)
}

impl Learned {
    pub fn read(folder: &Path) -> Self {
        let now = Instant::now();
        Learned {
            all: BTreeMap::new(),
            before: kept::parse(&kept(folder)),
            prices: BTreeMap::new(),
            keep_at: now + KEEP,
            look_at: now + HOUR,
            age_at: now + DAY,
        }
    }

    fn of(&mut self, id: EnvironmentId) -> Option<&mut Imports> {
        self.all.get_mut(&id).map(|(_, imports)| imports)
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        let is_changed = self.all.values().any(|(_, imports)| imports.is_changed);
        let keep = is_changed.then_some(self.keep_at);
        [Some(self.look_at), Some(self.age_at), keep]
            .into_iter()
            .flatten()
            .min()
    }
}

impl Service {
    /// The settings, the first or changed ones: before zygotes are started by them.
    pub(super) fn configure_preloads(&mut self, now: Instant) {
        for environment in self.settings.environments.clone() {
            let known = self.learned.all.get(&environment.id);
            if known.is_none_or(|(program, _)| *program != environment.program) {
                let imports = self.learned.before.remove(&environment.program);
                let learned = (environment.program.clone(), imports.unwrap_or_default());
                if let Some((program, old)) = self.learned.all.insert(environment.id, learned) {
                    self.learned.before.insert(program, old);
                }
            }
            let room = self.settings.preload_memory;
            if let Some(imports) = self.learned.of(environment.id)
                && imports.configure(environment.language, &environment.preload, room)
            {
                self.prefer(environment.id, now);
            }
        }
    }

    fn prefer(&mut self, id: EnvironmentId, now: Instant) {
        if let Some(imports) = self.learned.of(id) {
            let selection = imports.selection();
            self.roster.prefer(id, selection, now);
        }
    }

    /// What the script of a call has imported.
    pub(super) fn imported(&mut self, ticket: Ticket, imports: &[Import]) {
        let Some(connection) = self.connections.get(&ticket) else {
            return;
        };
        let (Some(account), Some(since)) = (connection.account, connection.served_since) else {
            return;
        };
        let id = account.environment;
        let price = self.learned.prices.get(&id).copied().unwrap_or(PRICE);
        let now = Instant::now();
        if let Some(learned) = self.learned.of(id)
            && learned.report(account.session_role, imports, since.elapsed(), price, now)
        {
            self.prefer(id, now);
        }
    }

    /// What a zygote that is being started has to preload.
    pub(super) fn preloading(&self, id: EnvironmentId) -> Preloading {
        let learned = self.learned.all.get(&id);
        learned.map_or_else(Preloading::default, |(_, imports)| {
            Preloading::new(imports.chosen())
        })
    }

    /// A zygote has loaded what it was asked for, or could not.
    pub(super) fn take_preloaded(
        &mut self,
        generation: Generation,
        problem: Option<Problem>,
        now: Instant,
    ) {
        let (sandbox, room) = (self.settings.sandbox, self.settings.preload_memory);
        let Some(zygote) = self.zygotes.get_mut(&generation) else {
            return;
        };
        let id = zygote.environment;
        match zygote.preloaded(problem, sandbox, room) {
            Next::GoesOn { package: None } => {}
            Next::GoesOn {
                package: Some((name, bytes)),
            } => {
                if let Some(imports) = self.learned.of(id) {
                    imports.measured(&name, bytes);
                }
            }
            Next::Absent { package, problem } => {
                if let Some(imports) = self.learned.of(id) {
                    imports.is_absent(&package, &problem);
                }
            }
            Next::Drop { package, problem } => {
                zygote.kill();
                self.drop_package(generation, id, &package, &problem, now);
            }
            Next::Unasked => zygote.complain("told of modules that nobody asked for"),
        }
    }

    /// The zygote ended by itself. Whether that was because of what it was to preload: it was importing a package, or did not
    /// come to its first order with what it had imported.
    pub(super) fn ended_preloading(
        &mut self,
        zygote: &Zygote,
        generation: Generation,
        reason: &str,
        killed: bool,
        now: Instant,
    ) -> bool {
        let id = zygote.environment;
        if let Some(package) = zygote.preloading.package() {
            let imports = self.learned.of(id).filter(|_| killed);
            if imports.is_some_and(|imports| imports.may_be_accident(package)) {
                return false;
            }
            self.drop_package(generation, id, package, reason, now);
            return true;
        }
        let is_suspect = !killed && !zygote.is_ready && !zygote.preloading.loaded.is_empty();
        if is_suspect {
            self.distrust(
                id,
                &zygote.preloading.names(),
                "the zygote does not start",
                reason,
            );
            self.roster.zygote_dropped(generation, now);
        }
        is_suspect
    }

    fn drop_package(
        &mut self,
        generation: Generation,
        id: EnvironmentId,
        package: &str,
        problem: &str,
        now: Instant,
    ) {
        let language = self
            .settings
            .environment(id)
            .map_or("", |of| of.language.name());
        let problem = &problem.replace(char::is_control, " ");
        log::write(
            "warning",
            &format!("package \"{package}\" is not preloaded for {language}: {problem}"),
        );
        if let Some(imports) = self.learned.of(id)
            && imports.refuse(package, problem)
        {
            self.prefer(id, now);
        }
        self.roster.zygote_dropped(generation, now);
    }

    /// No satellite of the zygote got ready.
    pub(super) fn mistrust(&mut self, generation: Generation, id: EnvironmentId, reason: &str) {
        let zygote = self.zygotes.get(&generation);
        let names = zygote.map_or_else(String::new, |zygote| zygote.preloading.names());
        self.distrust(id, &names, "satellites do not get ready", reason);
    }

    /// With the packages of these names something does not work, and nobody knows because of which.
    fn distrust(&mut self, id: EnvironmentId, names: &str, what: &str, reason: &str) {
        let reason = reason.replace(char::is_control, " ");
        let line = format!("nothing is preloaded any more: with {names}, {what}: {reason}");
        log::write("warning", &line);
        if let Some(imports) = self.learned.of(id) {
            imports.refuse_all(&format!("with {names}, {what}: {reason}"));
            self.prefer(id, Instant::now());
        }
    }

    /// A call of the environment is served.
    pub(super) fn count_call(&mut self, id: EnvironmentId) {
        if let Some(imports) = self.learned.of(id) {
            imports.served();
        }
    }

    /// Loading a zygote took so long.
    pub(super) fn note_price(&mut self, id: EnvironmentId, price: Duration) {
        self.learned.prices.insert(id, price);
    }

    /// For the view `launchpad.imports`.
    pub(super) fn import_lines(&self) -> Vec<ImportLine> {
        let all = self.settings.environments.iter();
        let lines = all.flat_map(|environment| {
            let language = environment.language;
            let setting = language.entry().preload.as_ref();
            let setting = setting
                .and_then(|setting| setting.name.to_str().ok())
                .unwrap_or_default();
            let zygote = self.present_zygote(environment.id);
            let loaded = zygote.map_or(&[][..], |zygote| &zygote.preloading.loaded);
            let learned = self.learned.all.get(&environment.id);
            learned.map_or_else(Vec::new, |(_, imports)| {
                imports.lines(language, setting, loaded)
            })
        });
        lines.collect()
    }

    /// Time has passed: see [`Learned::next_deadline`].
    pub(super) fn keep_learned(&mut self) {
        let now = Instant::now();
        if self.learned.age_at <= now {
            self.learned.age_at = now + DAY;
            self.learned
                .all
                .values_mut()
                .for_each(|(_, imports)| imports.age());
        }
        if self.learned.look_at <= now {
            self.learned.look_at = now + HOUR;
            let ids: Vec<_> = self.learned.all.keys().copied().collect();
            for id in ids {
                if self.learned.of(id).is_some_and(Imports::look_again) {
                    self.prefer(id, now);
                }
            }
        }
        if self.learned.keep_at > now {
            return;
        }
        self.learned.keep_at = now + KEEP;
        let all = self.learned.all.values();
        let all = all.map(|(program, imports)| (program.as_str(), imports));
        if let Err(error) = keep(self.place.folder(), &kept::print(all)) {
            log::write(
                "warning",
                &format!("cannot keep what scripts import: {error}"),
            );
        }
        for (_, imports) in self.learned.all.values_mut() {
            imports.is_changed = false;
        }
    }
}
