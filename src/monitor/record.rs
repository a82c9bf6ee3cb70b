//! One call, from its first check to its end: who, how long, how much, and what became of it.

use super::counters::Counters;
use super::dropped;
use super::line::{Line, Times};
use super::progress::{Progress, Stage};
use super::shared;
use super::statistics::ByScript;
use crate::pg::messages::{Severity, report_bare};
use crate::pg::{identity, server};
use launchpad_fault::Outcome;
use launchpad_protocol::environment::Environment;
use launchpad_protocol::launch::{Account, Language, Usage};
use sha2::{Digest, Sha256};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Bytes of a script that are hashed at a time: some hundredths of a second.
const PIECE: usize = 8 << 20;

thread_local! {
    /// The session's calls that have not ended, outermost first: calls nest, where an input query
    /// calls again.
    static OPEN: RefCell<Vec<Rc<Record>>> = const { RefCell::new(Vec::new()) };
}

pub struct Record {
    request: u64,
    language: Language,
    /// Its name.
    environment: String,
    account: Account,
    pool: String,
    /// None: no line is wanted of any call.
    log: Option<Log>,
    progress: Progress,
    begun: Instant,
    marks: Cell<Marks>,
    /// Whether a satellite was ready for it; None before one was given.
    warm: Cell<Option<bool>>,
    usage: Cell<Usage>,
}

/// For the log.
struct Log {
    /// The shortest call that gets a line.
    from: Duration,
    session_role: String,
    role: String,
    database: String,
}

/// When each phase ended.
#[derive(Clone, Copy, Default)]
struct Marks {
    launched: Option<Instant>,
    assigned: Option<Instant>,
    sent: Option<Instant>,
    returning: Option<Instant>,
}

impl Record {
    /// `log_from`: calls that take that long or longer get a line in the log.
    pub fn begin(
        request: u64,
        environment: Environment,
        script: &str,
        pool: &str,
        log_from: Option<Duration>,
    ) -> Rc<Self> {
        shared::mind_the_session();
        let account = Account {
            environment: environment.id,
            database: server::my_database(),
            session_role: identity::session_role(),
            role: server::current_role(),
            script: fingerprint(script),
        };
        // While there is a transaction to look names up in.
        let log = log_from.map(|from| Log {
            from,
            session_role: server::role_name(account.session_role),
            role: server::role_name(account.role),
            database: server::database_name(account.database),
        });
        dropped::make_room(&ByScript::from(&account));
        let record = Rc::new(Record {
            request,
            language: environment.language,
            environment: environment.name,
            account,
            pool: pool.to_owned(),
            log,
            progress: Progress::begin(request),
            begun: Instant::now(),
            marks: Cell::default(),
            warm: Cell::new(None),
            usage: Cell::default(),
        });
        OPEN.with_borrow_mut(|open| open.push(Rc::clone(&record)));
        record
    }

    /// Whose the call is.
    pub fn account(&self) -> Account {
        self.account
    }

    /// The call's number.
    pub fn request(&self) -> u64 {
        self.request
    }

    /// The launch request leaves.
    pub fn launches(&self) {
        self.mark(|marks| &mut marks.launched);
    }

    pub fn is_queued(&self) {
        self.progress.enter(Stage::Queued);
    }

    /// A satellite has the call; `warm`: one that had waited for it.
    pub fn is_assigned(&self, warm: bool) {
        self.mark(|marks| &mut marks.assigned);
        self.warm.set(Some(warm));
        self.progress.enter(Stage::Sending);
    }

    pub fn has_sent(&self, rows: usize, bytes: usize) {
        self.progress.sent(rows, bytes);
    }

    /// All of the input is on its way.
    pub fn input_is_complete(&self) {
        self.mark(|marks| &mut marks.sent);
        if self.progress.seen().stage == Stage::Sending {
            self.progress.enter(Stage::Running);
        }
    }

    /// `bytes` more have come back, `rows` are complete in all.
    pub fn has_returned(&self, bytes: usize, rows: u64) {
        if self.marks.get().returning.is_none() {
            self.mark(|marks| &mut marks.returning);
        }
        self.progress.returned(bytes);
        self.progress.rows_are(rows);
    }

    /// What a satellite has used, which is added to what others have. The peak is the largest of any.
    pub fn has_used(&self, usage: Usage) {
        let before = self.usage.get();
        self.usage.set(Usage {
            user: before.user.saturating_add(usage.user),
            system: before.system.saturating_add(usage.system),
            max_rss: before.max_rss.max(usage.max_rss),
        });
    }

    /// The call has ended: counts it, and writes its line. `code`: five characters.
    pub fn end(self: Rc<Self>, outcome: Outcome, code: &str) {
        OPEN.with_borrow_mut(|open| open.retain(|other| !Rc::ptr_eq(other, &self)));
        let total = self.begun.elapsed();
        let times = self.times(total);
        let counters = self.counters(&times);
        shared::with_statistics(|table| table.count(&self.account, outcome, &counters));
        let wanted = self.log.as_ref().filter(|log| total >= log.from);
        if let Some(log) = wanted {
            let line = Line {
                request: self.request,
                language: self.language.name(),
                environment: &self.environment,
                session_role: &log.session_role,
                role: &log.role,
                database: &log.database,
                pool: &self.pool,
                script: self.account.script,
                outcome: outcome.name(),
                sqlstate: code,
                start: match self.warm.get() {
                    Some(true) => "warm",
                    Some(false) => "cold",
                    None => "none",
                },
                times,
                counters: &counters,
                peak_memory: self.usage.get().max_rss,
            };
            report_bare(Severity::LogOnly, &line.text());
        }
    }

    fn mark(&self, which: impl FnOnce(&mut Marks) -> &mut Option<Instant>) {
        let mut marks = self.marks.get();
        *which(&mut marks) = Some(Instant::now());
        self.marks.set(marks);
    }

    fn times(&self, total: Duration) -> Times {
        let end = self.begun + total;
        let marks = self.marks.get();
        let between = |from: Option<Instant>, to: Option<Instant>| {
            from.map_or(Duration::ZERO, |from| {
                to.unwrap_or(end).saturating_duration_since(from)
            })
        };
        let first_row = marks.returning.map(|first| match marks.sent {
            Some(sent) => first.max(sent),
            None => first,
        });
        Times {
            prepare: between(Some(self.begun), marks.launched),
            queue: between(marks.launched, marks.assigned),
            send: between(marks.assigned, marks.sent),
            run: between(marks.sent, first_row),
            receive: between(first_row, Some(end)),
            total,
        }
    }

    fn counters(&self, times: &Times) -> Counters {
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let (seen, usage) = (self.progress.seen(), self.usage.get());
        Counters {
            warm_starts: u64::from(self.warm.get() == Some(true)),
            cold_starts: u64::from(self.warm.get() == Some(false)),
            queue_time: micros(times.queue),
            total_time: micros(times.total),
            rows_in: seen.rows_in,
            bytes_in: seen.bytes_in,
            rows_out: seen.rows_out,
            bytes_out: seen.bytes_out,
            ..Counters::of_usage(usage)
        }
    }
}

/// The beginning of the script's SHA-256.
fn fingerprint(script: &str) -> u64 {
    let mut hash = Sha256::new();
    for piece in script.as_bytes().chunks(PIECE) {
        server::check_interrupts();
        hash.update(piece);
    }
    let hash: [u8; 32] = hash.finalize().into();
    hash.iter()
        .take(8)
        .fold(0, |all, byte| all << 8 | u64::from(*byte))
}

/// Registers what ends with the process, while there is memory for it.
pub fn prepare() {
    OPEN.with_borrow(Vec::is_empty);
}

/// Ends all that are open, innermost first.
pub fn end_all(outcome: Outcome) {
    while let Some(record) = OPEN.with_borrow(|open| open.last().cloned()) {
        record.end(outcome, "57P01");
    }
}
