//! Steps left out on purpose, so that tests can show what each of them stops.
//!
//! Only builds with the feature `omissions` have any, and nothing that is installed is built with it.
//! There, LAUNCHPAD_OMISSIONS in the zygote's environment is `all` or a list of steps' names, separated by
//! commas. What is no step of its own has a name as well: "closing" is the part of the step
//! "descriptors" that closes what is inherited, "closing again" the same when a request arrives, "memory"
//! and "processes" the limits that come with a request.

/// Whether the step is left out.
#[cfg(not(feature = "omissions"))]
pub(crate) const fn left_out(_: &str) -> bool {
    false
}

/// Whether the step is left out.
#[cfg(feature = "omissions")]
pub(crate) fn left_out(step: &str) -> bool {
    use std::sync::OnceLock;

    // Read before the script's process clears its environment.
    static OMISSIONS: OnceLock<String> = OnceLock::new();
    let omissions =
        OMISSIONS.get_or_init(|| std::env::var("LAUNCHPAD_OMISSIONS").unwrap_or_default());
    match step {
        // Without it nothing would be where the processes look for it.
        "descriptors" => false,
        // The one step that opens something, which the zygote has closed.
        "visible" if omissions == "all" => false,
        _ => omissions == "all" || omissions.split(',').any(|hole| hole == step),
    }
}
