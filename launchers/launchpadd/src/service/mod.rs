//! The service: one loop that waits for everything, tells the roster what happened, and does what
//! the roster asks. It owns every descriptor; tasks only wait and report.

mod actions;
mod answers;
mod connection;
mod limits;
mod policy;
mod preloads;
mod zygotes;

use crate::backend;
use crate::enforcers::Enforcers;
use crate::event::{BackendEvent, Event, SatelliteEvent, ZygoteEvent};
use crate::findings::Seen;
use crate::host::Host;
use crate::packets::PacketSocket;
use crate::reaper::Reaper;
use crate::roster::{Failure, Generation, Order, Roster, Ticket};
use crate::satellite::{Ends, Satellite};
use crate::socket::Listener;
use crate::supervisor::{Supervisor, SupervisorError};
use crate::work::{Site, Unfit};
use crate::workers::Workers;
use crate::zygote::{self, Zygote};
use connection::Connection;
use launchpad_protocol::environment::EnvironmentId;
use launchpad_protocol::inventory::Inventory;
use launchpad_protocol::launch::{Line, Refusal, ToBackend};
use launchpad_protocol::policy::Sandbox;
use launchpad_protocol::pool::PoolLine;
use launchpad_protocol::supervisor::{Settings, Workers as WorkersSetting};
use launchpad_sandbox::audit::{self, Own};
use policy::{Built, Stage};
use preloads::Learned;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use tokio::signal::unix::Signal;
use tokio::sync::mpsc;

/// Events on their way to the loop; a task that finds no room waits.
const MAX_EVENTS: usize = 256;

/// What launchpadd was started with.
pub struct Place {
    /// Where each language's launcher lies.
    pub launchers: PathBuf,
    /// The folder that satellites mount their private roots on.
    pub root: PathBuf,
}

impl Place {
    /// The data directory, in which our own folder is.
    fn data(&self) -> &Path {
        self.root.ancestors().nth(2).unwrap_or(&self.root)
    }
}

impl Place {
    /// Our own folder.
    fn folder(&self) -> &Path {
        self.root.parent().unwrap_or(&self.root)
    }
}

pub struct Service {
    place: Place,
    supervisor: Supervisor,
    listener: Listener,
    children: Signal,
    reaper: Reaper,
    /// The latest.
    settings: Settings,
    roster: Roster,
    connections: HashMap<Ticket, Connection>,
    /// So many are served at once.
    most_connections: usize,
    last_ticket: u64,
    zygotes: HashMap<Generation, Zygote>,
    /// Orders that no zygote has answered yet.
    ordered: HashMap<Order, Ends>,
    satellites: HashMap<Order, Satellite>,
    /// What each order was to become, until its satellite is gone.
    built: HashMap<Order, Built>,
    /// The latest satellite's report in each environment.
    seen: HashMap<EnvironmentId, Seen>,
    host: Host,
    enforcers: Enforcers,
    workers: Workers,
    /// Other launchpadds have had others.
    run: u64,
    learned: Learned,
    /// Where work folders are made, in the container sandbox.
    site: Result<Arc<Site>, Unfit>,
    /// How many sites there have been.
    sites: u64,
    /// The processes that remove them at their ends.
    sweepers: Vec<(Weak<Site>, u32)>,
    /// Zygotes are to be replaced: they may write in a folder that is there no more, and nowhere else.
    is_displaced: bool,
    /// Our own namespaces.
    own: Own,
    events: mpsc::Receiver<Event>,
    /// Cloned for every task.
    inbox: mpsc::Sender<Event>,
}

impl Service {
    /// `children` yields on SIGCHLD.
    pub fn new(place: Place, supervisor: Supervisor, listener: Listener, children: Signal) -> Self {
        let seed = RandomState::new().hash_one(std::process::id());
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let enforcers = Enforcers::set_up();
        let (inbox, events) = mpsc::channel(MAX_EVENTS);
        let learned = Learned::read(place.folder());
        Service {
            place,
            learned,
            supervisor,
            listener,
            children,
            reaper: Reaper::default(),
            settings: Settings::default(),
            roster: Roster::new(seed, processors + 1, enforcers.groups().is_ok()),
            connections: HashMap::new(),
            most_connections: connection::most(),
            last_ticket: 0,
            zygotes: HashMap::new(),
            ordered: HashMap::new(),
            satellites: HashMap::new(),
            built: HashMap::new(),
            seen: HashMap::new(),
            host: Host::look(),
            enforcers,
            workers: Workers::new(seed),
            run: seed,
            site: Err(Unfit::Empty),
            sites: 0,
            sweepers: Vec::new(),
            is_displaced: false,
            own: audit::own(),
            events,
            inbox,
        }
    }

    /// Serves from the first settings until the supervisor is gone.
    pub async fn run(mut self) -> SupervisorError {
        let settings = match self.supervisor.settings().await {
            Ok(settings) => settings,
            Err(error) => return error,
        };
        self.enforcers.introduce();
        zygote::clear_scratch();
        self.configure(settings);
        if let Err(error) = self.supervisor.listening() {
            return error;
        }
        loop {
            self.act();
            let deadline = self.roster.next_deadline().map(tokio::time::Instant::from);
            let keep = self.learned.next_deadline().map(tokio::time::Instant::from);
            let measure = self.enforcers.deadline().map(tokio::time::Instant::from);
            let has_room = self.connections.len() < self.most_connections + connection::SPARE;
            tokio::select! {
                settings = self.supervisor.settings() => match settings {
                    Ok(settings) => self.configure(settings),
                    Err(error) => return error,
                },
                _ = self.children.recv() => self.reaper.reap(),
                Some(event) = self.events.recv() => self.take(event),
                accepted = self.listener.accept(), if has_room => {
                    if let Some((socket, backend)) = accepted {
                        self.welcome(socket, backend);
                    }
                }
                () = self.supervisor.deliver(), if self.supervisor.is_late() => {
                    self.supervisor.delivered();
                }
                () = tokio::time::sleep_until(deadline.unwrap_or_else(tokio::time::Instant::now)),
                    if deadline.is_some() => self.roster.tick(Instant::now()),
                () = tokio::time::sleep_until(measure.unwrap_or_else(tokio::time::Instant::now)),
                    if measure.is_some() => self.measure(),
                () = tokio::time::sleep_until(keep.unwrap_or_else(tokio::time::Instant::now)),
                    if keep.is_some() => self.keep_learned(),
            }
        }
    }

    fn configure(&mut self, settings: Settings) {
        let loose = |settings: &Settings| settings.sandbox == Sandbox::Container;
        if loose(&settings) && !loose(&self.settings) {
            crate::log::write(
                "warning",
                "launchpad.sandbox = container: scripts run as the server's own user, and there is \
                 no boundary between the processes of one user",
            );
        }
        // An administrator may have changed the host, too.
        let before = std::mem::replace(&mut self.host, Host::look());
        let workers = settings.workers != WorkersSetting::Off;
        let other_host = workers && before.subordinate != self.host.subordinate;
        self.settings = settings.clone();
        match settings.sandbox {
            // Before there is a zygote, for those who check. What is refused is told with the zygotes.
            Sandbox::Container => drop(self.site()),
            Sandbox::Strict => self.site = Err(Unfit::Empty),
        }
        let other_place = std::mem::take(&mut self.is_displaced);
        let now = Instant::now();
        self.configure_preloads(now);
        self.roster
            .configure(settings, other_host || other_place, now);
    }

    fn welcome(&mut self, socket: PacketSocket, backend: u32) {
        self.last_ticket += 1;
        let ticket = Ticket(self.last_ticket);
        let socket = Arc::new(socket);
        let serving = backend::serve(ticket, Arc::clone(&socket), self.inbox.clone());
        let task = tokio::spawn(serving).abort_handle();
        let connection = Connection {
            socket,
            backend,
            fds: Vec::new(),
            account: None,
            served_since: None,
            is_gone: false,
            task,
        };
        self.connections.insert(ticket, connection);
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Backend(ticket, event) => self.take_from_backend(ticket, event),
            Event::Zygote(generation, event) => self.take_from_zygote(generation, event),
            Event::Satellite(order, event) => self.take_from_satellite(order, event),
        }
    }

    fn take_from_backend(&mut self, ticket: Ticket, event: BackendEvent) {
        let now = Instant::now();
        match event {
            BackendEvent::Launch { mut launch, fds } => {
                if self.connections.len() > self.most_connections {
                    let most = u32::try_from(self.most_connections).unwrap_or(u32::MAX);
                    self.tell(ticket, &ToBackend::Refused(Refusal::Crowded { most }));
                    return;
                }
                if let Err(refusal) = self.admit(&mut launch) {
                    self.tell(ticket, &ToBackend::Refused(refusal));
                    return;
                }
                // A connection that has been closed meanwhile is gone, its request with it.
                if let Some(connection) = self.connections.get_mut(&ticket) {
                    connection.fds = fds;
                    connection.account = Some(launch.account());
                    let backend = connection.backend;
                    self.roster.launch(ticket, *launch, backend, now);
                }
            }
            BackendEvent::Imported(imports) => self.imported(ticket, &imports),
            BackendEvent::Ask(question, answer) => {
                // A task that waits no more has no use for it.
                let _ = answer.send(self.answer(question));
            }
            BackendEvent::Gone => self.end_of(ticket),
        }
    }

    fn take_from_zygote(&mut self, generation: Generation, event: ZygoteEvent) {
        let now = Instant::now();
        match event {
            ZygoteEvent::Ready { environment } => self.welcome_zygote(generation, environment, now),
            ZygoteEvent::Answer(answer, fds) => self.take_answer(generation, answer, fds, now),
            ZygoteEvent::Keeper(message, fds) => {
                self.take_from_keeper(generation, message, fds, now);
            }
            ZygoteEvent::Refused(failure) => {
                self.zygotes.remove(&generation);
                self.roster.zygote_refused(generation, failure, now);
            }
            ZygoteEvent::Ended { reason, killed } => {
                let zygote = self.zygotes.remove(&generation);
                if let Some(zygote) = zygote.as_ref().filter(|zygote| !zygote.is_kept()) {
                    self.end_left_behind(zygote.process);
                }
                zygote::remove_scratch(generation);
                if let Some(zygote) = &zygote
                    && self.ended_preloading(zygote, generation, &reason, killed, now)
                {
                    return;
                }
                match killed {
                    true => self.roster.zygote_killed(generation, &reason, now),
                    false => self.roster.zygote_ended(generation, &reason, now),
                }
            }
        }
    }

    fn take_from_satellite(&mut self, order: Order, event: SatelliteEvent) {
        let now = Instant::now();
        match event {
            SatelliteEvent::Begun => self.begun(order, now),
            SatelliteEvent::Ready(inventory) => self.inspect(order, *inventory, now),
            SatelliteEvent::Refused(failure) => self.roster.refused(order, failure, now),
            SatelliteEvent::ChannelClosed => self.roster.channel_closed(order, now),
            SatelliteEvent::Reported(ended) => {
                self.enforcers.end(order);
                let ended = self.cause(order, ended);
                self.roster.reported(order, ended, now);
            }
            SatelliteEvent::LifelineClosed => {
                self.enforcers.end(order);
                match self.starved(order) {
                    Some(ended) => self.roster.reported(order, ended, now),
                    None => self.roster.lifeline_closed(order, now),
                }
            }
            SatelliteEvent::Reaped => self.roster.reaped(order, now),
        }
    }

    /// A satellite says what it has: it gets a request only if that is what it was to have.
    fn inspect(&mut self, order: Order, mut inventory: Inventory, now: Instant) {
        let Some(built) = self.built.get_mut(&order) else {
            return;
        };
        // In the strict sandbox, seen from outside, which is better than its word.
        let seen = built.init.map(audit::namespaces_of);
        if let Some(seen) = seen.filter(|seen| !seen.contains(&0))
            && built.policy.sandbox == Sandbox::Strict
        {
            inventory.namespaces = seen;
        }
        let network = limits::network(&built.policy);
        built.resting = built
            .init
            .map_or(0, |init| crate::watch::resting(init, network));
        let mut differences = audit::differences(&inventory, &built.policy, &self.own);
        if built.stage != Stage::Gone {
            differences.push("it is ready before its time".to_owned());
        }
        let zygote = self.zygotes.get(&built.generation);
        if let Some(zygotes) = zygote.and_then(|zygote| zygote.namespaces) {
            let shared = audit::shared_with_zygote(&inventory, &built.policy, &zygotes);
            differences.extend(shared);
        }
        if differences.is_empty() {
            self.roster.ready(order, now);
        } else {
            let failure = Failure::of_step("self-check", &differences.join("; "));
            self.roster.refused(order, failure, now);
        }
        let seen = Seen {
            policy: built.policy.clone(),
            group: built.group.clone(),
            inventory,
            differences,
        };
        self.seen.insert(built.environment, seen);
    }

    /// The view of satellites: the roster's lines, with what is measured of each satellite.
    fn lines(&self, now: Instant, wall: i64) -> Vec<Line> {
        let mut lines = self.roster.lines(now, wall);
        self.measure_lines(&mut lines);
        lines
    }

    /// The view of pools: the roster's lines, with what is measured of each pool.
    fn pool_lines(&self, now: Instant, wall: i64) -> Vec<PoolLine> {
        let mut lines = self.roster.pool_lines(now, wall);
        self.measure_pools(&mut lines);
        lines
    }
}

/// Microseconds since 1970-01-01 UTC; only for showing.
fn wall_clock() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
    })
}
