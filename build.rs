//! What scripts/instructions counts is linked without a server.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_FEATURE_COUNTED").is_some() {
        println!("cargo::rustc-link-arg-benches=-Wl,--unresolved-symbols=ignore-all");
    }
}
