//! What a satellite's filters depend on.

/// How far the filters let a script go. The default is the strictest for a satellite with all its
/// namespaces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scope {
    /// Other programs may be started. With `shared_processes` only in the script's place.
    pub programs: bool,
    /// The satellite is in the host's network: TCP and UDP sockets, and no local ones, by which the
    /// host's abstract names could be reached.
    pub network: bool,
    /// There is no pid namespace: the server's processes are in sight and of the same user. No new
    /// processes, and nothing that names a process may name another one than `own_process`. The
    /// script's process must be its process group's only one: `kill` reaches the group.
    pub shared_processes: bool,
    /// With `shared_processes`, the pid of the script's process: such filters are compiled in the
    /// process itself. None: only 0, which stands for the caller.
    pub own_process: Option<i32>,
    /// For a zygote: what all of its satellites may, and what makes satellites. With `shared_processes`, what needs the
    /// number of a process is then left to Landlock.
    pub zygote: bool,
    /// A cgroup counts all memory, that of memory files included.
    pub bounded_memory: bool,
    /// The satellite is another user to the host than the server.
    pub own_user: bool,
    /// Refused calls are told on standard error, a line for each, where [`Scope::tells`].
    pub tell_refused: bool,
}

impl Scope {
    /// Whether refused calls are told. Not where programs can be started: a new program starts without
    /// the handler that tells, and its first refused call would end it.
    pub fn tells(&self) -> bool {
        self.tell_refused && !self.programs
    }
}
