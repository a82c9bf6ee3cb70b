//! The end of an exchange: when a call has its outcome, and which.

use super::{Exchange, PATIENCE, Party};
use crate::conversation::pump::{Deadline, Key, Late};
use crate::conversation::{Broken, Event, Voice};
use crate::error::{CallError, SatelliteError};
use launchpad_protocol::control::FromScript;
use launchpad_protocol::launch::Ending;
use std::time::Duration;

impl Exchange<'_> {
    /// Runs until the call has an outcome; the variables that came back, JSON that nobody has
    /// looked at.
    pub fn finish(mut self) -> Result<Vec<u8>, CallError> {
        self.settle().map_err(|error| self.failed(error))
    }

    fn settle(&mut self) -> Result<Vec<u8>, CallError> {
        let mut last = false;
        while !self.is_settled() {
            if !last && self.has_only_the_end_to_come() {
                last = true;
                self.expect_the_end();
            }
            self.turn()?;
        }
        if let Some(index) = self.parties.iter().position(Party::has_failed) {
            self.conclude(index)?;
        }
        let mut variables = Vec::new();
        for index in 0..self.parties.len() {
            self.conclude(index)?;
            if self.parties[index].reads_back {
                variables = std::mem::take(&mut self.parties[index].variables);
            }
        }
        Ok(variables)
    }

    /// The call fails with `error`: what its scripts have said before is in the pipes, and comes first.
    pub fn failed(&mut self, error: CallError) -> CallError {
        let keys: Vec<Key> = self.parties.iter().map(|party| party.key).collect();
        for key in keys {
            // A pipe that cannot be read has nothing more to say; the error is the call's first.
            let _ = self.hear_the_rest(key);
        }
        error
    }

    /// Judges how one satellite ended.
    fn conclude(&mut self, index: usize) -> Result<(), CallError> {
        let party = &mut self.parties[index];
        let conversation = self.pump.conversation(party.key);
        let ended = conversation.ended().map(|ended| ended.how);
        match (party.last_word.take(), ended) {
            // Of one that was ended, what it says while it dies is a consequence: its input ends, for example.
            (Some(FromScript::Failed(failure)), how)
                if !how.is_some_and(Ending::is_from_outside) =>
            {
                Err(SatelliteError::Script(failure, self.terms.clone()).into())
            }
            (_, None) => Err(Broken::LaunchpadGone.into()),
            (Some(FromScript::Done { rows }), Some(Ending::Exited(0))) => {
                party.source.finish(conversation.output(), rows)
            }
            (_, Some(how)) => Err(SatelliteError::Died {
                how,
                last_words: party.speaker.last_words(),
                terms: self.terms.clone(),
            }
            .into()),
        }
    }

    /// A failure settles a call at once; success only when the satellites are gone and everything
    /// that could still come has come.
    fn is_settled(&mut self) -> bool {
        self.parties.iter().any(Party::has_failed)
            || (self.parties.iter()).all(|party| self.pump.conversation(party.key).is_over())
    }

    /// The scripts have said that they are done and closed everything: only the launchpad knows how their
    /// processes ended.
    fn has_only_the_end_to_come(&mut self) -> bool {
        self.parties.iter().all(|party| {
            matches!(party.last_word, Some(FromScript::Done { .. }))
                && self.pump.conversation(party.key).is_silent()
        })
    }

    /// It tells so at once, unless it is stuck.
    fn expect_the_end(&mut self) {
        let left = self.pump.left().ok().flatten();
        if left.is_none_or(|left| left > PATIENCE) {
            let millis = u32::try_from(PATIENCE.as_millis()).unwrap_or(u32::MAX);
            self.pump.deadline = Deadline::after(millis, Duration::ZERO, Late::Launchpad);
        }
    }

    /// What is in the pipes now. What else the script's processes still write is not waited for.
    fn hear_the_rest(&mut self, key: Key) -> Result<(), CallError> {
        for voice in [Voice::Stdout, Voice::Stderr] {
            let mut left = self.pump.conversation(key).unheard(voice)?;
            while left > 0 {
                let Some(event) = self.pump.hear(key, voice)? else {
                    break;
                };
                let heard = self.pump.conversation(key).heard(voice).len();
                self.has_said(key, event)?;
                left = left.saturating_sub(heard.max(1));
            }
            self.has_said(key, Event::Silent(voice))?;
        }
        Ok(())
    }
}
