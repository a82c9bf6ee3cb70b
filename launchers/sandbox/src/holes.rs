//! Steps left out on purpose, so that tests can show what each of them stops.
//!
//! Only builds with the feature `holes` have any, and nothing that is installed is built with it.
//! There, LAUNCHPAD_HOLES in the zygote's environment is `all` or a list of steps' names, separated by
//! commas. What is no step of its own has a name as well: "closing" is the part of the step
//! "descriptors" that closes what is inherited, "closing again" the same when a request arrives, "memory"
//! and "processes" the limits that come with a request.

/// Whether the step is left out.
#[cfg(not(feature = "holes"))]
pub(crate) const fn left_out(_: &str) -> bool {
    false
}

/// Whether the step is left out.
#[cfg(feature = "holes")]
pub(crate) fn left_out(step: &str) -> bool {
    use std::sync::OnceLock;

    // Read before the script's process clears its environment.
    static HOLES: OnceLock<String> = OnceLock::new();
    let holes = HOLES.get_or_init(|| std::env::var("LAUNCHPAD_HOLES").unwrap_or_default());
    match step {
        // Without it nothing would be where the processes look for it.
        "descriptors" => false,
        // The one step that opens something, which the zygote has closed.
        "visible" if holes == "all" => false,
        _ => holes == "all" || holes.split(',').any(|hole| hole == step),
    }
}
