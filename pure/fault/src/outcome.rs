/// What a call ended in, as statistics and log tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Ok,
    /// The script failed.
    Script,
    /// The arguments or the input query did.
    Input,
    /// What came back does not fit.
    Result,
    /// No satellite was given.
    Refused,
    /// A limit was reached.
    Limit,
    /// `launchpad.script_timeout` or `statement_timeout`
    Timeout,
    /// By the client, `pg_cancel_backend`, `launchpad.cancel` or a conflict with recovery.
    Cancelled,
    /// The satellite was killed, crashed, or broke the protocol.
    Died,
    /// The session ended.
    Terminated,
    Other,
}

impl Outcome {
    /// As the log writes it.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Ok => "ok",
            Outcome::Script => "script_error",
            Outcome::Input => "input_error",
            Outcome::Result => "result_error",
            Outcome::Refused => "refused",
            Outcome::Limit => "limit",
            Outcome::Timeout => "timeout",
            Outcome::Cancelled => "cancelled",
            Outcome::Died => "died",
            Outcome::Terminated => "terminated",
            Outcome::Other => "other_error",
        }
    }
}
